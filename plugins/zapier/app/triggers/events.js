'use strict';

// What happens in the hub, told the moment it does: REST hooks. Each Zap that is on is one subscription; the hub drops it when it
// is unsubscribed or Zapier answers 410.

const hub = require('../lib/hub');
const { dropdown } = require('../lib/fields');
const samples = require('../lib/samples');

const onPlan = dropdown('plan_id', 'Action Plan', 'action_plan', {
  required: false, helpText: 'Leave it empty to be told of every plan.',
});

// The message as a Zap sees it: `{type, timestamp, data}` with what `data` holds on top.
const shown = ({ type, timestamp, data }) => ({ ...data, event: type, at: timestamp });

const wanted = (event, { plan_id: plan } = {}) => !plan || (event.plan && event.plan.id === String(plan));

const trigger = (key, event, noun, label, description, sample, inputFields = []) => ({
  key,
  noun,
  display: { label, description },
  operation: {
    type: 'hook',
    inputFields,
    performSubscribe: (z, bundle) =>
      hub.api(z, 'POST', '/hooks', { body: { event, target_url: bundle.targetUrl, name: `Zapier: ${label}` } }),
    performUnsubscribe: (z, bundle) => hub.api(z, 'DELETE', `/hooks/${bundle.subscribeData.id}`),
    perform: (z, bundle) => [shown(bundle.cleanedRequest)].filter((one) => wanted(one, bundle.inputData)),
    performList: async (z) => (await hub.api(z, 'GET', '/hooks/sample', { params: { event } })).samples.map(shown),
    sample,
  },
});

module.exports = [
  trigger('contact_created', 'contact.created', 'Contact', 'New Contact',
    'Triggers when a contact is added, by hand, by API or by an import.',
    samples.event('contact.created', { source: 'Website' })),
  trigger('contact_updated', 'contact.updated', 'Contact', 'Contact Changed',
    'Triggers when something about a contact is changed.',
    samples.event('contact.updated', { fields: ['Company', 'Tags'] })),
  trigger('step_reached', 'step.reached', 'Plan Step', 'Plan Step Reached',
    'Triggers when the time of a plan step has come for a contact.',
    samples.event('step.reached', samples.plan, samples.step), [onPlan]),
  trigger('step_done', 'step.done', 'Plan Step', 'Plan Step Done',
    'Triggers when a plan step was done for a contact.',
    samples.event('step.done', samples.plan, samples.step, { note: 'Card 1042 is queued', reference: '1042' }), [onPlan]),
  trigger('reply_received', 'reply.received', 'Reply', 'Reply Received',
    'Triggers when a contact answers an e-mail.', samples.event('reply.received', { subject: 'Re: Welcome' })),
  trigger('plan_finished', 'plan.finished', 'Action Plan', 'Plan Finished',
    'Triggers when a contact comes to the end of an action plan.',
    samples.event('plan.finished', samples.plan), [onPlan]),
];
