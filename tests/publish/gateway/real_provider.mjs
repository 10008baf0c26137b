// npm oidc-provider (OpenID-certified), strict, with the claims of an ENT. Signs in whoever `login_hint` names.
import { Provider } from "oidc-provider";

const { port, clientId, clientSecret, redirectUri, goodbye, people } = JSON.parse(process.env.SETTINGS);
const issuer = `http://127.0.0.1:${port}`;
const provider = new Provider(issuer, {
  clients: [
    {
      client_id: clientId,
      client_secret: clientSecret,
      redirect_uris: [redirectUri],
      post_logout_redirect_uris: [goodbye],
    },
  ],
  cookies: { keys: ["only for tests"] },
  claims: { openid: ["sub"], profile: ["name", "ENTPersonProfils", "ENTPersonStructRattachUAI"] },
  pkce: { required: () => true },
  features: { devInteractions: { enabled: false }, rpInitiatedLogout: { enabled: true } },
  findAccount: (_, id) => people[id] && { accountId: id, claims: () => ({ sub: id, ...people[id] }) },
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  async loadExistingGrant(ctx) {
    const grant = new ctx.oidc.provider.Grant({
      clientId: ctx.oidc.client.clientId,
      accountId: ctx.oidc.session.accountId,
    });
    grant.addOIDCScope("openid profile");
    await grant.save();
    return grant;
  },
});

// The sign-in form of this provider: /interaction/<uid>?as=<person>.
provider.use(async (ctx, next) => {
  if (!ctx.path.startsWith("/interaction/")) return next();
  const result = { login: { accountId: String(ctx.query.as) } };
  ctx.respond = false;
  await provider.interactionFinished(ctx.req, ctx.res, result, { mergeWithLastSubmission: false });
});
provider.listen(port, "127.0.0.1", () => console.log("listening"));
