'use strict';

// The app against a running hub, by the platform's own tester. The hub's tests start one and set:
//   HUB_URL, HUB_TEST_WEB_KEY, HUB_TEST_ACCESS_TOKEN   an account whose keys these are, with a plan *Welcome* and a mailbox
//   HUB_TEST_TARGET                                    an address on this machine that the hub may call

process.env.NODE_ENV = 'test';

const assert = require('node:assert/strict');
const http = require('node:http');
const { after, before, describe, it } = require('node:test');

const zapier = require('zapier-platform-core');

const App = require('../..');
const { told } = require('../support/told');

const needed = (name) => process.env[name] || assert.fail(`${name} is not set; the hub's tests set it`);
const authData = { web_key: needed('HUB_TEST_WEB_KEY'), x_access_token: needed('HUB_TEST_ACCESS_TOKEN') };
const target = new URL(needed('HUB_TEST_TARGET'));
needed('HUB_URL');

const tester = zapier.createAppTester(App);
const run = (method, inputData = {}, more = {}) => tester(method, { authData, inputData, ...more });
const create = (key, inputData) => run(App.creates[key].operation.perform, inputData);
const find = (inputData) => run(App.searches.find_contact.operation.perform, inputData);
const list = (key) => run(App.triggers[key].operation.perform);
const idOf = async (key, name) => (await list(key)).find((one) => one.name === name).id;

const EVENTS = ['contact_created', 'contact_updated', 'step_reached', 'step_done', 'reply_received', 'plan_finished'];

// What Zapier would do: take what comes to each Zap's own address.
const arrived = [];
const zapierItself = http.createServer((request, response) => {
  const parts = [];
  request.on('data', (part) => parts.push(part));
  request.on('end', () => {
    arrived.push({ key: request.url.slice(1), cleanedRequest: JSON.parse(Buffer.concat(parts).toString()) });
    response.end('{"status": "success"}');
  });
});

const arrival = async (key, about) => {
  const end = Date.now() + 30_000;
  while (Date.now() < end) {
    for (const one of arrived.filter((message) => message.key === key)) {
      const [seen] = await run(App.triggers[key].operation.perform, {}, { cleanedRequest: one.cleanedRequest });
      if (seen.contact.id === about) {
        return seen;
      }
    }
    await new Promise((done) => setTimeout(done, 50));
  }
  return assert.fail(`no ${key} arrived for the contact ${about}`);
};

const names = (value) => Object.keys(value).sort();

describe('the app and a hub that runs', { concurrency: false }, () => {
  const subscriptions = new Map();
  let ada;

  before(() => new Promise((done) => zapierItself.listen(target.port, target.hostname, done)));
  after(() => { zapierItself.closeAllConnections(); zapierItself.close(); });

  it('knows whose keys these are', async () => {
    assert.equal((await run(App.authentication.test)).account_name, 'Northside Downtown');
  });

  it('hears that a key is wrong', async () => {
    await assert.rejects(
      tester(App.authentication.test, { authData: { ...authData, web_key: `CT_${'0'.repeat(76)}` } }),
      (error) => error.name === 'ExpiredAuthError' && /X-Web-Key is not known/.test(told(error).message),
    );
  });

  it('fills its dropdowns', async () => {
    assert.ok((await list('action_plan')).some((one) => one.name === 'Welcome'));
    assert.ok((await list('lead_source')).some((one) => one.name === 'Website'));
    assert.ok((await list('sales_cycle')).some((one) => one.name === 'Qualified'));
    assert.ok((await list('user')).length > 0);
  });

  it('subscribes to every event and shows samples of each', async () => {
    for (const key of EVENTS) {
      const { performSubscribe, performList } = App.triggers[key].operation;

      subscriptions.set(key, await run(performSubscribe, {}, { targetUrl: `${target.origin}/${key}` }));

      assert.ok(subscriptions.get(key).id);
      assert.equal((await run(performList)).length, 3);
    }
  });

  it('creates a contact simply, and its own trigger tells of it in the shape of the samples', async () => {
    ada = await create('create_contact_simple', {
      firstName: 'Ada', lastName: 'Lovelace', phone: '+1 801 555 0123', email: 'ada@zapier.example',
      lead_source_id: await idOf('lead_source', 'Website'),
    });

    const seen = await arrival('contact_created', ada.id);
    const [sample] = await run(App.triggers.contact_created.operation.performList);

    assert.equal(seen.contact.first_name, 'Ada');
    assert.equal(seen.contact.lead_source, 'Website');
    assert.deepEqual(names(seen), names(sample));
    assert.deepEqual(names(seen.contact), names(sample.contact));
  });

  it('finds a contact by e-mail and by phone, and nobody where nobody is', async () => {
    const [byEmail] = await find({ email: 'ADA@zapier.example' });
    const [byPhone] = await find({ phone: '801-555-0123' });

    assert.deepEqual([byEmail.id, byPhone.id], [ada.id, ada.id]);
    assert.deepEqual(names(byEmail).filter((name) => !(name in App.searches.find_contact.operation.sample)), []);
    assert.deepEqual(await find({ email: 'nobody@zapier.example' }), []);
  });

  it('creates a contact in detail and puts it on a plan', async () => {
    const grace = await create('create_contact_detailed', {
      firstName: 'Grace', lastName: 'Hopper', email: 'grace@zapier.example', compName: 'Navy', city: 'Arlington', state: 'VA',
      tags: ['vip', 'web'], custom: { 'Shoe size': '38' }, smsok: true, deal_size: '1200.50', external_id: 'lead-9',
      sales_cycle_id: await idOf('sales_cycle', 'Qualified'), assigned_user_id: (await list('user'))[0].id,
      action_plan_id: await idOf('action_plan', 'Welcome'),
    });

    const seen = await arrival('plan_finished', grace.id);
    const [found] = await find({ email: 'grace@zapier.example' });

    assert.equal(seen.plan.name, 'Welcome');
    assert.deepEqual(seen.contact.tags.sort(), ['vip', 'web']);
    assert.deepEqual(
      [found.compName, found.clients_sales_cycle, found.custom_fields['Shoe size'], found.smsok, found.deal_size, found.external_id],
      ['Navy', 'Qualified', '38', '1', '1200.50', 'lead-9'],
    );
  });

  it('updates, notes, moves along, and each change is told', async () => {
    await create('update_contact', { client_id: ada.id, compName: 'Analytical Engines', email: '' });
    await create('add_note', { client_id: ada.id, note: 'Met at the fair.' });
    await create('change_sales_cycle', { client_id: ada.id, sales_cycle_id: await idOf('sales_cycle', 'Qualified') });

    const [found] = await find({ email: 'ada@zapier.example' });

    assert.deepEqual([found.compName, found.clients_sales_cycle], ['Analytical Engines', 'Qualified']);
    assert.equal((await arrival('contact_updated', ada.id)).event, 'contact.updated');
  });

  it('assigns a plan and is told of its steps and its end', async () => {
    const made = await create('assign_plan', { client_id: ada.id, action_plan_id: await idOf('action_plan', 'Welcome') });

    const done = await arrival('step_done', ada.id);
    const [sample] = await run(App.triggers.step_done.operation.performList);
    await arrival('step_reached', ada.id);
    await arrival('plan_finished', ada.id);

    assert.deepEqual([made.outcome, made.enrolled], ['enrolled', true]);
    assert.equal(done.step.name, 'Say who joined');
    assert.deepEqual(names(done), names(sample));
  });

  it('hears why a contact was not put on a plan', async () => {
    const patience = { client_id: ada.id, action_plan_id: await idOf('action_plan', 'Patience') };

    await create('assign_plan', patience);
    const again = await create('assign_plan', patience);

    assert.deepEqual([again.outcome, again.enrolled], ['running', false]);
  });

  it('has an e-mail sent through the mailbox of the account', async () => {
    const letter = { client_id: ada.id, subject: 'Hello {{client.firstName}}', text: 'At six.' };

    const accepted = await create('send_email', letter);
    const later = await create('send_email', { ...letter, send_at: new Date(Date.now() + 3_600_000).toISOString() });

    assert.equal(accepted.mailer, '', 'it goes through the mailbox that the account has chosen');
    assert.equal(later.state, 'scheduled');
    assert.deepEqual(names(accepted), names(App.creates.send_email.operation.sample));
  });

  it('hears in the words of the hub what it cannot do', async () => {
    const trouble = (key, inputData) => create(key, inputData).then(() => assert.fail('it did it'), told);

    assert.equal((await trouble('update_contact', { client_id: '999999', city: 'Austin' })).code, 'CT_515');
    assert.equal((await trouble('add_note', { client_id: ada.id })).code, 'CT_501');
    assert.equal((await trouble('assign_plan', { client_id: ada.id, action_plan_id: '999999' })).status, 404);
    assert.match((await trouble('update_contact', { client_id: ada.id, deal_size: 'much' })).message, /deal_size|number|amount/i);
  });

  it('unsubscribes, and once more is no mistake', async () => {
    for (const key of EVENTS) {
      const { performUnsubscribe } = App.triggers[key].operation;

      await run(performUnsubscribe, {}, { subscribeData: subscriptions.get(key) });
      await run(performUnsubscribe, {}, { subscribeData: subscriptions.get(key) });
    }
  });
});
