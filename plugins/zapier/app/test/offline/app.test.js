'use strict';

// The app alone, against a stand-in on loopback: what it sends, how it reads answers, what it refuses.

process.env.NODE_ENV = 'test';

const assert = require('node:assert/strict');
const { after, before, beforeEach, describe, it } = require('node:test');

const zapier = require('zapier-platform-core');
const { validateApp } = require('zapier-platform-core/src/tools/schema');

const App = require('../..');
const hub = require('../../lib/hub');
const standin = require('../support/standin');
const { told } = require('../support/told');

const tester = zapier.createAppTester(App);
const authData = { web_key: ' CT_one ', x_access_token: 'hub_token_two' };
const ok = (data, more = {}) => ({ ResultCode: 'CT_200', Message: 'Success', data, ...more });

let there;

before(async () => {
  there = await standin.start();
  process.env.HUB_URL = `${there.url}/`;
});
beforeEach(() => {
  there.forget();
  process.env.HUB_URL = `${there.url}/`;
});
after(() => there.stop());

const run = (method, inputData = {}, more = {}) => tester(method, { authData, inputData, ...more });

const refused = async (promise) => {
  try {
    await promise;
  } catch (error) {
    return { name: error.name, ...told(error) };
  }
  return assert.fail('it was not refused');
};

describe('the definition', () => {
  it('fits the schema of the platform, which is pinned exactly', () => {
    assert.deepEqual(validateApp(App), []);
    assert.equal(require('../../package.json').dependencies['zapier-platform-core'], App.platformVersion);
  });

  it('offers simple and detailed creation, and more than creation', () => {
    const labels = Object.values(App.creates).map((one) => one.display.label);
    assert.deepEqual(labels, [
      'Create Contact (Simple)', 'Create Contact (Detailed)', 'Update Contact', 'Add Note', 'Change Sales Cycle',
      'Assign Action Plan', 'Send Email',
    ]);
  });

  it('fills every dropdown from a list that is there', () => {
    const fields = [...Object.values(App.creates), ...Object.values(App.triggers)].flatMap((one) => one.operation.inputFields || []);
    const lists = fields.filter((field) => field.dynamic).map((field) => field.dynamic.split('.')[0]);
    assert.ok(lists.length > 5);
    assert.deepEqual(lists.filter((key) => !App.triggers[key]), []);
  });
});

describe('the keys', () => {
  it('are sent as headers, trimmed, and name the account', async () => {
    there.answer('GET /api/me', { kind: 'account_keys', name: 'API of Austin', account: { id: 7, name: 'Austin' }, endpoints: [] });

    const me = await run(App.authentication.test);

    assert.deepEqual(me, { account_id: '7', account_name: 'Austin' });
    assert.equal(there.asked[0].headers['x-web-key'], 'CT_one');
    assert.equal(there.asked[0].headers['x-access-token'], 'hub_token_two');
  });

  for (const field of ['web_key', 'x_access_token']) {
    it(`are refused with the hint while ${field} is the dummy, and nothing is asked`, async () => {
      const dummy = App.authentication.fields.find((one) => one.key === field).default;

      const said = await refused(tester(App.authentication.test, { authData: { ...authData, [field]: ` ${dummy}` } }));

      assert.equal(said.message, hub.DUMMY_HINT);
      assert.equal(said.status, 401);
      assert.deepEqual(there.asked, []);
    });
  }

  it('that are wrong ask the person to connect again, in the words of the hub', async () => {
    there.answer('GET /api/me', { title: 'The X-Web-Key is not known.', detail: 'The X-Web-Key is not known. Copy it anew.' }, 401);

    const said = await refused(run(App.authentication.test));

    assert.equal(said.name, 'ExpiredAuthError');
    assert.match(said.message, /Copy it anew/);
  });

  it('go nowhere else', async () => {
    const said = await refused(tester((z) => z.request({ url: 'http://127.0.0.1:9/api/me' }), { authData }));

    assert.match(said.message, /nowhere else/);
  });

  it('have nowhere to go where the operator named no hub', async () => {
    delete process.env.HUB_URL;

    assert.match((await refused(run(App.authentication.test))).message, /HUB_URL/);
  });
});

describe('answers', () => {
  const find = () => run(App.searches.find_contact.operation.perform, { email: 'a@example.com' });

  it('with HTTP 200 and a code that says no are errors', async () => {
    there.answer('POST /v2/api/create_client', { ResultCode: 'CT_520', Message: 'This client is there already.' });

    const said = await refused(run(App.creates.create_contact_simple.operation.perform, { firstName: 'A', lastName: 'B' }));

    assert.equal(said.code, 'CT_520');
    assert.equal(said.message, 'This client is there already.');
  });

  it('are read in both spellings that are attested', async () => {
    there.answer('POST /v2/api/create_client_note', { resultCode: 'CT200', Message: 'Success', data: [{ client_id: '5' }] });
    assert.equal((await run(App.creates.add_note.operation.perform, { client_id: '5', note: 'n' })).id, '5');

    there.answer('POST /v2/api/create_client_note', { resultCode: 'CT501', Message: 'Missing required key or value: note.' });
    assert.equal((await refused(run(App.creates.add_note.operation.perform, { client_id: '5' }))).code, 'CT501');
  });

  it('of too many calls make the platform wait', async () => {
    there.answer('GET /v2/api/read_client_exist', { ResultCode: 'CT_429', Message: 'Too many calls.' }, 429, { 'Retry-After': '7' });

    const said = await refused(find());

    assert.equal(said.name, 'ThrottledError');
    assert.equal(said.delay, 7);
  });

  it('with fields name each of them', async () => {
    there.answer('POST /api/enrollments', { title: 'x', detail: 'Some of it cannot be used.', fields: { plan_id: 'no such plan' } }, 422);

    const said = await refused(run(App.creates.assign_plan.operation.perform, { client_id: '1', action_plan_id: '2' }));

    assert.equal(said.message, 'Some of it cannot be used. plan_id: no such plan');
  });

  it('that are no JSON prove nothing', async () => {
    there.answer('GET /v2/api/read_client_exist', '<html>hello</html>');

    assert.match((await refused(find())).message, /no JSON/);
  });
});

describe('contacts', () => {
  it('are created with what was filled in and nothing else', async () => {
    there.answer('POST /v2/api/create_client', ok([{ client_id: '9', external_id: '' }]));

    const made = await run(App.creates.create_contact_detailed.operation.perform, {
      firstName: 'Ada', lastName: 'Lovelace', email: '', tags: ['vip', 'web'], smsok: false, deal_size: '12.50',
      custom: { 'Shoe size': '38', firstName: 'Eve' }, action_plan_id: '3',
    });

    assert.deepEqual(made, { id: '9', client_id: '9', external_id: '' });
    assert.deepEqual(there.asked[0].body, {
      'Shoe size': '38', firstName: 'Ada', lastName: 'Lovelace', tags: 'vip,web', smsok: '0', deal_size: '12.50', action_plan_id: '3',
    });
  });

  it('are found by e-mail or phone', async () => {
    there.answer('GET /v2/api/read_client_exist', ok([{ client_id: '9', external_id: '' }]));
    there.answer('GET /v2/api/read_client_by_id/9', ok([{ client_id: '9', firstName: 'Ada' }]));

    const found = await run(App.searches.find_contact.operation.perform, { phone: '801 555 0100' });

    assert.deepEqual(found, [{ id: '9', client_id: '9', firstName: 'Ada' }]);
    assert.deepEqual(there.asked[0].query, { phone: '801 555 0100' });
  });

  it('that are not there are an empty list and no error', async () => {
    there.answer('GET /v2/api/read_client_exist', { ResultCode: 'CT_515', Message: 'No Record Found', client_id: false });

    assert.deepEqual(await run(App.searches.find_contact.operation.perform, { email: 'a@example.com' }), []);
  });

  it('are not looked for by nothing', async () => {
    assert.match((await refused(run(App.searches.find_contact.operation.perform, {}))).message, /e-mail address or a phone/);
    assert.deepEqual(there.asked, []);
  });

  it('are put on a plan, or it is said why not', async () => {
    there.answer('POST /api/enrollments', { outcome: 'running', enrollment: null });

    const made = await run(App.creates.assign_plan.operation.perform, { client_id: '4', action_plan_id: '7' });

    assert.deepEqual(made, { outcome: 'running', enrolled: false, enrollment: null });
    assert.deepEqual(there.asked[0].body, { contact_id: 4, plan_id: 7 });
  });

  it('are sent an e-mail, at once or at a time', async () => {
    const accepted = App.creates.send_email.operation.sample;
    there.answer('POST /api/contacts/4/emails', accepted, 202);
    const letter = { subject: 'Hello', text: 'At six.' };

    const made = await run(App.creates.send_email.operation.perform, { client_id: '4', ...letter });
    await run(App.creates.send_email.operation.perform, { client_id: '4', ...letter, send_at: '2026-03-02T09:00:00-07:00' });

    assert.deepEqual(made, accepted);
    assert.deepEqual(there.asked.map((one) => one.body), [letter, { ...letter, send_at: '2026-03-02T09:00:00-07:00' }]);
  });

  it('are sent none where the account has no mailbox, and it is said who acts', async () => {
    const problem = { title: 'x', detail: 'No add-on that sends e-mail is on in this account.', code: 'no_mailer' };
    there.answer('POST /api/contacts/4/emails', problem, 409);

    const said = await refused(run(App.creates.send_email.operation.perform, { client_id: '4', subject: 'x', text: 'x' }));

    assert.deepEqual([said.code, said.message], ['no_mailer', problem.detail]);
  });
});

describe('dropdowns', () => {
  const lists = {
    action_plan: ['read_action_plan_list', [[{ action_plan_id: '3', action_plan_name: 'Welcome' }], []], 'Welcome'],
    lead_source: ['read_lead_source_list', [{ lead_source_id: '3', lead_source_name: 'Web' }], 'Web'],
    sales_cycle: ['read_sales_cycle_list', [{ sales_cycle_id: '3', sales_cycle_name: 'New' }], 'New'],
    user: ['read_user_list', [{ user_id: '3', firstName: '', lastName: '', email: 's@example.com' }], 's@example.com'],
  };
  for (const [key, [call, data, name]] of Object.entries(lists)) {
    it(`${key} is read live`, async () => {
      there.answer(`GET /v2/api/${call}`, ok(data));

      assert.deepEqual(await run(App.triggers[key].operation.perform), [{ id: '3', name }]);
    });
  }
});

describe('triggers', () => {
  const { step_done: stepDone } = App.triggers;
  const message = {
    type: 'step.done', timestamp: '2026-03-02T09:00:00Z', data: { id: 'e1', contact: { id: '4' }, plan: { id: '7', name: 'Welcome' } },
  };

  it('subscribe the address of the Zap and unsubscribe by the id they were given', async () => {
    there.answer('POST /api/hooks', { id: 12, events: ['step.done'] }, 201);
    there.answer('DELETE /api/hooks/12', '', 204);

    const subscribeData = await run(stepDone.operation.performSubscribe, {}, { targetUrl: 'https://hooks.zapier.com/1/' });
    await run(stepDone.operation.performUnsubscribe, {}, { subscribeData });

    assert.deepEqual(there.asked.map((one) => one.call), ['POST /api/hooks', 'DELETE /api/hooks/12']);
    assert.deepEqual(there.asked[0].body, {
      event: 'step.done', target_url: 'https://hooks.zapier.com/1/', name: 'Zapier: Plan Step Done',
    });
  });

  it('give the same shape for a message and for a sample', async () => {
    there.answer('GET /api/hooks/sample', { samples: [message] });

    const [arrived] = await run(stepDone.operation.perform, {}, { cleanedRequest: message });
    const [sample] = await run(stepDone.operation.performList);

    assert.deepEqual(arrived, sample);
    assert.deepEqual([arrived.id, arrived.event, arrived.plan.name], ['e1', 'step.done', 'Welcome']);
    assert.deepEqual(there.asked[0].query, { event: 'step.done' });
  });

  it('tell of one plan where one was chosen', async () => {
    const told_of = (plan_id) => run(stepDone.operation.perform, { plan_id }, { cleanedRequest: message });

    assert.equal((await told_of('7')).length, 1);
    assert.equal((await told_of('8')).length, 0);
  });
});
