'use strict';

const hub = require('../lib/hub');
const fields = require('../lib/fields');
const samples = require('../lib/samples');

const perform = async (z, bundle) => {
  const params = fields.parameters(bundle.inputData);
  if (!params.email && !params.phone) {
    throw new z.errors.Error('Fill in an e-mail address or a phone number to look for.', 'MissingInput', 400);
  }
  const exists = await hub.v2(z, 'GET', 'read_client_exist', { params, tolerates: [hub.NO_RECORD] });
  if (hub.codeOf(exists) === hub.NO_RECORD) {
    return [];
  }
  const { data } = await hub.v2(z, 'GET', `read_client_by_id/${exists.data[0].client_id}`);
  return data.map((client) => ({ id: client.client_id, ...client }));
};

module.exports = {
  key: 'find_contact',
  noun: 'Contact',
  display: { label: 'Find Contact', description: 'Finds a contact by e-mail address or phone number, the oldest first.' },
  operation: { inputFields: [fields.email, fields.phone], perform, sample: samples.found },
};
