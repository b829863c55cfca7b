'use strict';

// Errors of Zapier's platform carry their message as JSON.
const told = (error) => {
  try {
    return JSON.parse(error.message);
  } catch {
    return { message: error.message };
  }
};

module.exports = { told };
