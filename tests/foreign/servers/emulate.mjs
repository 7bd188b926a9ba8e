// emulate's Google: refresh tokens stay as they are, and everything that is asked for is granted.
import { createEmulator } from 'emulate';

const [port, clientId, clientSecret, redirectUri, email] = process.argv.slice(2);

await createEmulator({
  service: 'google',
  port: Number(port),
  seed: {
    google: {
      users: [{ email, name: 'Agency' }],
      oauth_clients: [
        { client_id: clientId, client_secret: clientSecret, redirect_uris: [redirectUri] },
      ],
    },
  },
});
console.log('ready');
