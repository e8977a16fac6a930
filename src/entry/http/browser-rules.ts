import type { Node } from '../node.ts';
import type { App } from './app-types.ts';

/** Everything from this node, nothing inline, nothing from elsewhere, nobody frames it but itself. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "frame-src 'self'",
  "frame-ancestors 'self'",
  "form-action 'self'",
  "base-uri 'none'",
].join(';');

/** What browsers are to keep to with any answer (OWASP Secure Headers); a page with a policy of its own overrides it. */
const RULES = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'origin-agent-cluster': '?1',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-dns-prefetch-control': 'off',
  'x-download-options': 'noopen',
  'x-frame-options': 'SAMEORIGIN',
  'x-permitted-cross-domain-policies': 'none',
  'x-xss-protection': '0',
} as const;
const UNDER_TLS = { 'strict-transport-security': 'max-age=31536000; includeSubDomains' } as const;

/**
 * Puts the rules on every answer. They are always the same, so they are written here and not put together by a library
 * at each request, which took 20 µs of a query and the quick way of writing a head (no header set on the raw answer).
 */
export function ruleBrowsers(app: App, { config }: Pick<Node, 'config'>): void {
  const rules = config.publicUrl.startsWith('https:') ? { ...RULES, ...UNDER_TLS } : RULES;
  app.addHook('onRequest', (_request, reply, done) => {
    reply.headers(rules);
    done();
  });
}
