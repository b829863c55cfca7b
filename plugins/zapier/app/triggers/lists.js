'use strict';

// The hidden lists behind the dropdowns.

const hub = require('../lib/hub');

const list = (key, noun, call, label) => ({
  key,
  noun,
  display: { label: `List of ${noun}s`, description: `Feeds the dropdown ${noun}.`, hidden: true },
  operation: {
    perform: async (z) => (await hub.v2(z, 'GET', call)).data.flat().map(label),
    sample: { id: '7', name: 'Sample' },
  },
});

module.exports = [
  list('action_plan', 'Action Plan', 'read_action_plan_list', (one) => ({ // two levels deep, one group a kind of plan
    id: one.action_plan_id, name: one.action_plan_name,
  })),
  list('lead_source', 'Lead Source', 'read_lead_source_list', (one) => ({
    id: one.lead_source_id, name: one.lead_source_name,
  })),
  list('sales_cycle', 'Sales Cycle', 'read_sales_cycle_list', (one) => ({
    id: one.sales_cycle_id, name: one.sales_cycle_name,
  })),
  list('user', 'User', 'read_user_list', (one) => ({
    id: one.user_id, name: `${one.firstName} ${one.lastName}`.trim() || one.email,
  })),
];
