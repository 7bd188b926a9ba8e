// oidc-provider: refresh tokens rotate, the address is told at userinfo only, revocation asks
// for client credentials. Whoever comes is signed in and grants everything at once.
import Provider, { interactionPolicy } from 'oidc-provider';

const [port, clientId, clientSecret, redirectUri, email, scopes] = process.argv.slice(2);
const origin = `http://localhost:${port}`;

const policy = interactionPolicy.base();
policy.add(new interactionPolicy.Prompt({ name: 'select_account', requestable: true }), 0);

const provider = new Provider(origin, {
  clients: [
    {
      client_id: clientId,
      client_secret: clientSecret,
      redirect_uris: [redirectUri],
      grant_types: ['authorization_code', 'refresh_token'],
      token_endpoint_auth_method: 'client_secret_post',
    },
  ],
  scopes: scopes.split(' '),
  claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => ({ sub: id, email, email_verified: true, name: 'Agency' }),
  }),
  issueRefreshToken: () => true,
  rotateRefreshToken: true,
  features: { devInteractions: { enabled: false }, revocation: { enabled: true } },
  interactions: { policy, url: (_, interaction) => `/interaction/${interaction.uid}` },
  cookies: { keys: ['for this run alone'] },
});

provider.use(async (context, next) => {
  if (!context.path.startsWith('/interaction/')) return next();
  const { params } = await provider.interactionDetails(context.req, context.res);
  const grant = new provider.Grant({ accountId: 'agency', clientId: params.client_id });
  grant.addOIDCScope(params.scope);
  const result = {
    login: { accountId: 'agency' },
    select_account: {},
    consent: { grantId: await grant.save() },
  };
  context.respond = false;
  return provider.interactionFinished(context.req, context.res, result);
});

provider.listen(Number(port), () => console.log('ready'));
