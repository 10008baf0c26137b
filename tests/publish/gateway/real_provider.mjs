// npm oidc-provider (OpenID-certified), strict, with the claims of an ENT. A button signs in as somebody.
import { Provider } from "oidc-provider";

const { port, client, people } = JSON.parse(process.env.SETTINGS);
const issuer = `http://127.0.0.1:${port}`;
const provider = new Provider(issuer, {
  clients: [client],
  cookies: { keys: ["only for tests"] },
  claims: { openid: ["sub"], profile: ["name", "ENTPersonProfils", "ENTPersonStructRattachUAI"] },
  pkce: { required: () => true },
  features: {
    devInteractions: { enabled: false },
    rpInitiatedLogout: { enabled: true },
    backchannelLogout: { enabled: true },
  },
  // Its own dispatcher reaches no loopback address; here everything is on loopback.
  fetch: (url, { dispatcher, ...options } = {}) => globalThis.fetch(url, options),
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
  if (!ctx.query.as) {
    const buttons = Object.keys(people).map((id) => `<button name="as" value="${id}">${id}</button>`);
    ctx.type = "html";
    ctx.body = `<!doctype html><title>ENT</title><form>${buttons.join("")}</form>`;
    return;
  }
  const result = { login: { accountId: String(ctx.query.as) } };
  ctx.respond = false;
  await provider.interactionFinished(ctx.req, ctx.res, result, { mergeWithLastSubmission: false });
});
provider.listen(port, "127.0.0.1", () => console.log("listening"));
