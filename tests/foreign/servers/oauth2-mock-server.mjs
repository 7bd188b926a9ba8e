// oauth2-mock-server: every refresh brings another refresh token. It remembers no tokens by
// itself, so its hooks do: what was revoked is refused. Answers name no scope, and only userinfo
// names the address; RFC 6749 and OpenID Connect allow both.
import { Events, OAuth2Server } from 'oauth2-mock-server';

const [port, , , , email] = process.argv.slice(2);
const revoked = new Set();

const server = new OAuth2Server();
await server.issuer.keys.generate('RS256');
server.service.on(Events.BeforeResponse, (answer, request) => {
  delete answer.body.scope;
  if (revoked.has(request.body.refresh_token)) {
    answer.statusCode = 400;
    answer.body = { error: 'invalid_grant', error_description: 'Revoked.' };
  }
});
server.service.on(Events.BeforeUserinfo, (answer) => {
  Object.assign(answer.body, { email, email_verified: true, name: 'Agency' });
});
server.service.on(Events.BeforeRevoke, (_, request) => {
  let body = '';
  request.on('data', (piece) => (body += piece));
  request.on('end', () => revoked.add(new URLSearchParams(body).get('token')));
});
await server.start(Number(port), 'localhost');
console.log('ready');
