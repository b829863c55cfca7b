'use strict';

// The input fields that several actions share, and how what was filled in becomes the parameters of API 2.0.

const dropdown = (key, label, list, more = {}) => ({ key, label, type: 'string', dynamic: `${list}.id.name`, ...more });

const contactId = {
  key: 'client_id', label: 'Contact ID', type: 'string', required: true, search: 'find_contact.id',
  helpText: 'From an earlier step, such as Find Contact or a trigger.',
};

const email = { key: 'email', label: 'E-mail', type: 'string' };
const phone = { key: 'phone', label: 'Phone', type: 'string', helpText: 'Best with its country code.' };
const firstName = { key: 'firstName', label: 'First Name', type: 'string' };
const lastName = { key: 'lastName', label: 'Last Name', type: 'string' };
const leadSource = dropdown('lead_source_id', 'Lead Source', 'lead_source');

const details = [
  { key: 'phoneHome', label: 'Home Phone', type: 'string' },
  { key: 'phoneWork', label: 'Work Phone', type: 'string' },
  { key: 'compName', label: 'Company', type: 'string' },
  { key: 'address', label: 'Street', type: 'string' },
  { key: 'address2', label: 'Street, Second Line', type: 'string' },
  { key: 'city', label: 'City', type: 'string' },
  { key: 'state', label: 'State', type: 'string', helpText: 'Two letters.' },
  { key: 'zip', label: 'Zip Code', type: 'string' },
  { key: 'country', label: 'Country', type: 'string', helpText: 'Two letters, such as US.' },
  { key: 'deal_size', label: 'Deal Size', type: 'string', helpText: 'Such as 1200.50.' },
  dropdown('sales_cycle_id', 'Sales Cycle', 'sales_cycle'),
  dropdown('assigned_user_id', 'Assigned User', 'user'),
  { key: 'tags', label: 'Tags', type: 'string', list: true, helpText: 'Tags that are not there yet are made.' },
  {
    key: 'smsok', label: 'Agreed to Text Messages', type: 'boolean',
    helpText: 'Only what the contact said. Leave it empty if they said nothing.',
  },
  { key: 'custom', label: 'Custom Fields', dict: true, helpText: 'Name and value; a field that is not there yet is made.' },
];

// Empty fields are left out, so that an update does not wipe what it does not name.
const parameters = ({ custom = {}, ...given }) => {
  const filled = Object.entries(given).filter(([, value]) => value !== undefined && value !== null && value !== '');
  const told = Object.fromEntries(filled.map(([name, value]) => [name, word(value)]));
  return { ...custom, ...told }; // a custom field cannot stand in for one of the contact's own that is filled in
};

const word = (value) => {
  if (Array.isArray(value)) {
    return value.join(',');
  }
  return typeof value === 'boolean' ? (value ? '1' : '0') : String(value);
};

module.exports = { contactId, details, dropdown, email, firstName, lastName, leadSource, parameters, phone };
