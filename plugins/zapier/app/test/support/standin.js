'use strict';

// A small hub on loopback that answers what a test tells it and remembers what it was asked.

const http = require('node:http');

const start = async () => {
  const asked = [];
  const answers = new Map(); // "METHOD /path" → [status, body, headers]
  const server = http.createServer((request, response) => {
    const parts = [];
    request.on('data', (part) => parts.push(part));
    request.on('end', () => {
      const url = new URL(request.url, 'http://hub');
      const text = Buffer.concat(parts).toString();
      asked.push({
        call: `${request.method} ${url.pathname}`, headers: request.headers, query: Object.fromEntries(url.searchParams),
        body: text ? JSON.parse(text) : undefined,
      });
      const [status, body, headers] = answers.get(`${request.method} ${url.pathname}`) || [404, { title: 'There is no such call.' }];
      response.writeHead(status, { 'Content-Type': 'application/json', ...headers });
      response.end(typeof body === 'string' ? body : JSON.stringify(body));
    });
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  return {
    asked,
    url: `http://127.0.0.1:${server.address().port}`,
    answer: (call, body, status = 200, headers = {}) => answers.set(call, [status, body, headers]),
    forget: () => { asked.length = 0; answers.clear(); },
    stop: () => new Promise((done) => { server.closeAllConnections(); server.close(done); }),
  };
};

module.exports = { start };
