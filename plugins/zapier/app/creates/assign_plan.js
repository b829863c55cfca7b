'use strict';

// By the clean API, which says what became of it; API 2.0 starts a plan too, and says nothing.

const hub = require('../lib/hub');
const fields = require('../lib/fields');

const perform = async (z, bundle) => {
  const { client_id: contact, action_plan_id: plan } = bundle.inputData;
  const made = await hub.api(z, 'POST', '/enrollments', {
    body: { contact_id: Number(contact), plan_id: Number(plan) },
  });
  return { outcome: made.outcome, enrolled: made.outcome === 'enrolled', enrollment: made.enrollment };
};

module.exports = {
  key: 'assign_plan',
  noun: 'Action Plan',
  display: {
    label: 'Assign Action Plan',
    description: 'Puts a contact on an action plan, and says why not if it was not put on it.',
  },
  operation: {
    inputFields: [
      fields.contactId,
      fields.dropdown('action_plan_id', 'Action Plan', 'action_plan', { required: true }),
    ],
    perform,
    sample: { outcome: 'enrolled', enrolled: true, enrollment: { id: 40, plan: { id: 7, name: 'Welcome' } } },
  },
};
