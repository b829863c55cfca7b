'use strict';

const hub = require('../lib/hub');
const fields = require('../lib/fields');
const samples = require('../lib/samples');

// API 2.0 answers who it was; Zapier likes an `id`.
const who = ({ data: [client] }) => ({ id: client.client_id, ...client });

const required = (field) => ({ ...field, required: true });

const plan = fields.dropdown('action_plan_id', 'Action Plan', 'action_plan', { helpText: 'Starts at once.' });
const externalId = {
  key: 'external_id', label: 'External ID', type: 'string', helpText: 'Their id in the app that the contact comes from.',
};

const simple = [
  required(fields.firstName), required(fields.lastName), fields.phone, fields.email, fields.leadSource,
];

const action = (key, noun, label, description, inputFields, call, sample = samples.client) => ({
  key,
  noun,
  display: { label, description },
  operation: { inputFields, perform: async (z, bundle) => who(await hub.v2(z, 'POST', call, {
    body: fields.parameters(bundle.inputData),
  })), sample },
});

module.exports = [
  action('create_contact_simple', 'Contact', 'Create Contact (Simple)',
    'Creates a contact with a name, phone, e-mail and lead source. Generally this is sufficient.', simple, 'create_client'),
  action('create_contact_detailed', 'Contact', 'Create Contact (Detailed)',
    'Creates a contact with every field, tags, custom fields, consent, and an action plan to start.',
    [...simple, ...fields.details, externalId, { key: 'whiteboard', label: 'Whiteboard', type: 'text' }, plan],
    'create_client'),
  action('update_contact', 'Contact', 'Update Contact', 'Changes what is filled in and leaves the rest as it is.',
    [fields.contactId, fields.firstName, fields.lastName, fields.phone, fields.email, fields.leadSource, ...fields.details,
      { key: 'append_whiteboard', label: 'Add to the Whiteboard', type: 'text' }],
    'update_client_by_id'),
  action('add_note', 'Note', 'Add Note', "Writes a note into a contact's history.",
    [fields.contactId, { key: 'note', label: 'Note', type: 'text', required: true }], 'create_client_note'),
  action('change_sales_cycle', 'Sales Cycle', 'Change Sales Cycle', 'Moves a contact to a stage of the sales cycle.',
    [fields.contactId, fields.dropdown('sales_cycle_id', 'Sales Cycle', 'sales_cycle', { required: true })],
    'update_client_by_id'),
];
