'use strict';

// By the clean API: it says under which id the e-mail was accepted, and refuses plainly where the account cannot send any.

const hub = require('../lib/hub');
const fields = require('../lib/fields');

const perform = async (z, bundle) => {
  const { client_id: contact, subject, text, send_at: sendAt } = bundle.inputData;
  return hub.api(z, 'POST', `/contacts/${Number(contact)}/emails`, {
    body: sendAt ? { subject, text, send_at: sendAt } : { subject, text },
  });
};

module.exports = {
  key: 'send_email',
  noun: 'E-mail',
  display: {
    label: 'Send Email',
    description: "Sends an e-mail to a contact from the account's own mailbox. An add-on that sends e-mail must be on in the hub.",
  },
  operation: {
    inputFields: [
      fields.contactId,
      { key: 'subject', label: 'Subject', type: 'string', required: true },
      {
        key: 'text', label: 'Text', type: 'text', required: true,
        helpText: 'Plain text. The hub fills tokens such as {{client.firstName}}.',
      },
      { key: 'send_at', label: 'Send At', type: 'datetime', helpText: 'Empty sends it at once.' },
    ],
    perform,
    sample: {
      id: '0199c1de-0000-7000-8000-000000000002', contact_id: 1042, mailer: '', state: 'scheduled',
      hold_reason: '', hold_detail: '', due_at: '2026-03-02T09:00:00Z', closed_at: null,
    },
  },
};
