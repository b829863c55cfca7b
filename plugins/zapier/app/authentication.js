'use strict';

const hub = require('./lib/hub');

// Whose keys these are. The answer names the account, so that people with several see which is which.
const test = async (z) => {
  const me = await hub.api(z, 'GET', '/me');
  return { account_id: String(me.account.id), account_name: me.account.name };
};

module.exports = {
  type: 'custom',
  test,
  connectionLabel: '{{account_name}}',
  fields: [
    {
      key: 'web_key',
      label: 'Web Key',
      type: 'string',
      required: true,
      default: hub.DUMMY_WEB_KEY,
      helpText: 'Replace the dummy: copy it from Settings, API in the hub. It picks the account; each account has its own.',
    },
    {
      key: 'x_access_token',
      label: 'X Access Token',
      type: 'string',
      required: true,
      default: hub.DUMMY_ACCESS_TOKEN,
      helpText:
        'Replace the dummy: copy it from Settings, API of the enterprise. A sub-account does not see it: ask your corporate team.',
    },
  ],
};
