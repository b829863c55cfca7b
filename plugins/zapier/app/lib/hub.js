'use strict';

// How the app speaks to the hub: where it is, whose keys a call brings, and how an answer is read.
//
// `/v2/api/` (verb and noun) is called where that shape has the call; it answers most failures with HTTP 200 and a result
// code. `/api/` is called for the rest (who am I, hooks, putting a contact on a plan); it answers problem+json.

const DUMMY_WEB_KEY = 'CT_REPLACE_WITH_YOUR_WEB_KEY';
const DUMMY_ACCESS_TOKEN = 'REPLACE_WITH_YOUR_X_ACCESS_TOKEN';

const DUMMY_HINT =
  'The Web Key and the X Access Token are still the dummy tokens. Copy both from Settings, API in the hub and paste them in ' +
  'place of the dummy keys. If your account is a sub-account you will not see an access token: ask your corporate team for it.';

const NO_RECORD = 'CT_515';
const SUCCESS = new Set(['CT_200', 'CT200']); // both spellings are attested

// An operator sets HUB_URL once for a version of the app; it is not the user's to choose where the keys are sent.
const base = () => {
  const url = (process.env.HUB_URL || '').trim().replace(/\/+$/, '');
  if (!url) {
    throw new Error('This version of the app was made without HUB_URL, the address of the hub. Its operator must set it.');
  }
  return url;
};

const isDummy = (authData) =>
  [DUMMY_WEB_KEY, DUMMY_ACCESS_TOKEN].some((dummy) =>
    [authData.web_key, authData.x_access_token].some((given) => (given || '').trim() === dummy),
  );

const addKeys = (request, z, bundle) => {
  if (!request.url.startsWith(`${base()}/`)) {
    throw new z.errors.Error('The keys go to the hub and nowhere else.', 'WrongHost', 400);
  }
  if (isDummy(bundle.authData)) {
    throw new z.errors.Error(DUMMY_HINT, 'AuthenticationError', 401);
  }
  request.headers['X-Web-Key'] = (bundle.authData.web_key || '').trim();
  request.headers['X-Access-Token'] = (bundle.authData.x_access_token || '').trim();
  return request;
};

const parsed = (response) => {
  try {
    return JSON.parse(response.content);
  } catch {
    return null; // a proxy's page, or nothing
  }
};

const codeOf = (body) => (body && (body.ResultCode || body.resultCode)) || '';

// What was wrong, in the hub's own sentence.
const sentence = (body, status) => {
  const fields = body && body.fields ? Object.entries(body.fields).map(([name, text]) => `${name}: ${text}`) : [];
  const said = body && (body.Message || body.detail || body.title);
  return [said || `The hub answered ${status}.`, ...fields].join(' ');
};

const readAnswer = (response, z) => {
  if (response.status === 204) {
    return response;
  }
  const body = parsed(response);
  const code = codeOf(body);
  const tolerated = (response.request.tolerates || []).includes(code);
  if (response.status === 401) {
    throw new z.errors.ExpiredAuthError(sentence(body, 401));
  }
  if (response.status >= 400 || (code && !SUCCESS.has(code) && !tolerated)) {
    throw new z.errors.Error(sentence(body, response.status), code || (body && body.code) || 'HubError', response.status);
  }
  if (body === null) {
    throw new z.errors.Error('The hub answered with something that is no JSON.', 'HubError', response.status);
  }
  return response;
};

// One call. `tolerates` names result codes that are no mistake to the caller.
const call = async (z, method, path, { params, body, tolerates } = {}) => {
  const response = await z.request({ method, url: `${base()}${path}`, params, body, tolerates });
  return response.status === 204 ? {} : response.data;
};

const v2 = (z, method, name, more) => call(z, method, `/v2/api/${name}`, more);
const api = (z, method, path, more) => call(z, method, `/api${path}`, more);

module.exports = {
  DUMMY_ACCESS_TOKEN, DUMMY_HINT, DUMMY_WEB_KEY, NO_RECORD, addKeys, api, base, codeOf, readAnswer, v2,
};
