'use strict';

// The hub in Zapier: `authentication` asks for the two keys, `triggers` tell what happens in the hub, `creates` and `searches` are
// what a Zap can do there, `lib/hub` speaks to it.

const { version: platformVersion } = require('zapier-platform-core');

const { version } = require('./package.json');
const authentication = require('./authentication');
const hub = require('./lib/hub');

const byKey = (all) => Object.fromEntries(all.map((one) => [one.key, one]));

module.exports = {
  version,
  platformVersion,
  authentication,
  beforeRequest: [hub.addKeys],
  afterResponse: [hub.readAnswer],
  triggers: byKey([...require('./triggers/events'), ...require('./triggers/lists')]),
  creates: byKey([...require('./creates/contacts'), require('./creates/assign_plan'), require('./creates/send_email')]),
  searches: byKey([require('./searches/find_contact')]),
  searchOrCreates: {
    find_contact: {
      key: 'find_contact',
      display: { label: 'Find or Create Contact', description: 'Finds a contact, or creates one.' },
      search: 'find_contact',
      create: 'create_contact_simple',
    },
  },
};
