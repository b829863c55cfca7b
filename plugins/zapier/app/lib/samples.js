'use strict';

const client = { id: '1042', client_id: '1042', external_id: 'lead-77' };

const found = {
  ...client,
  firstName: 'Ada', lastName: 'Lovelace', compName: 'Analytical Engines', address: '1 High St', city: 'Austin', state: 'TX',
  zip: '78701', email: 'ada@example.com', phone: '+18015550100', smsok: '1', whiteboard: '', deal_size: '1200.50',
  clients_action_plan: 'Welcome', clients_sales_cycle: 'New', clients_lead_source: 'Website', custom_fields: {},
  created: '2026-03-02 09:00:00',
};

const contact = {
  id: '1042', first_name: 'Ada', last_name: 'Lovelace', full_name: 'Ada Lovelace', email: 'ada@example.com',
  phone_cell: '+18015550100', company: 'Analytical Engines', lead_source: 'Website', sales_cycle: 'New', tags: ['sample'],
  custom: { 'Member since': '2026' },
};
const about = { account: { id: '7', name: 'Austin' }, contact };
const plan = {
  plan: { id: '7', name: 'Welcome' },
  enrollment: { id: '40', started_at: '2026-03-02T09:00:00.000000Z', ended_at: null },
};
const step = {
  step: { id: '0199c1de-0000-7000-8000-000000000001', name: 'Send a card', action_type: 'postpigeon.mail_card',
    addon: 'postpigeon', due_at: '2026-03-02T09:00:00.000000Z' },
};

const event = (type, ...parts) =>
  Object.assign(
    { id: '6f1c2c5e-0000-5000-8000-000000000001', event: type, at: '2026-03-02T09:00:00.000000Z' }, about, ...parts,
  );

module.exports = { client, event, found, plan, step };
