import type { FastifyReply } from 'fastify';
import { html, type Markup, trusted } from '#information';

/** Address of the style that every page of this kind shares. */
export const PAGE_STYLE_PATH = '/pages/style.css';

export type Page = { readonly title: string; readonly nodeName: string; readonly body: Markup };

/** A whole page made on the server: no script, nothing from elsewhere, readable on a phone. */
function renderPage({ title, nodeName, body }: Page): string {
  const { markup } = html`<html lang="zh-CN"><head><meta charset="utf-8"><title>${title} · ${nodeName}</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">
<link rel="stylesheet" href="${PAGE_STYLE_PATH}"></head>
<body><header class="top"><p>${nodeName}</p></header><main>${body}</main></body></html>`;
  return `<!doctype html>\n${markup}`;
}

/**
 * Sends a page that nobody keeps: not a cache, not the history of a shared machine. Its own site may know where a form
 * came from, since a browser that may not say so sends no origin either, and the node refuses such a form.
 */
export async function sendPage(reply: FastifyReply, status: number, page: Page): Promise<void> {
  reply.headers({ 'cache-control': 'no-store', 'referrer-policy': 'same-origin' });
  await reply.code(status).type('text/html; charset=utf-8').send(renderPage(page));
}

/** A form of hidden values and one button. */
export function actionForm(action: {
  readonly to: string;
  readonly label: string;
  readonly kind: 'main' | 'plain' | 'danger';
  readonly values?: Readonly<Record<string, string>>;
}): Markup {
  const hidden = Object.entries(action.values ?? {}).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`,
  );
  return html`<form method="post" action="${action.to}">${hidden}<button class="${action.kind}">${action.label}</button></form>`;
}

/** No markup at all, where a part is absent. */
export const NOTHING = trusted('');

export const PAGE_STYLE = `:root{color-scheme:light dark;--ground:#f4f6f7;--paper:#fff;--ink:#1d2529;--soft:#59666d;--line:#d8dfe3;--accent:#12506b;--onaccent:#fff;--wash:#e9f0f3;--bad:#9c2323}
@media (prefers-color-scheme:dark){:root{--ground:#11171a;--paper:#192125;--ink:#e5eaec;--soft:#a0adb4;--line:#2f3b41;--accent:#7cc3e0;--onaccent:#0d1a20;--wash:#202c32;--bad:#f29d98}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.7 "Noto Sans SC","Source Han Sans SC","PingFang SC","Microsoft YaHei",sans-serif}
.top{background:var(--paper);border-bottom:1px solid var(--line);padding:8px 20px}.top p{margin:0;color:var(--soft)}
main{max-width:680px;margin:0 auto;padding:16px 20px 48px}
h1{font-size:24px;line-height:1.35;margin:16px 0 4px;font-weight:600}h2{font-size:18px;margin:0 0 4px;font-weight:600}
.state{display:inline-block;background:var(--wash);border-radius:4px;padding:0 10px;margin:0 0 12px}
.words{background:var(--paper);border:1px solid var(--line);border-radius:8px;margin:12px 0;padding:8px 20px 8px 44px;font-size:18px}
.words li{padding:10px 0;border-bottom:1px solid var(--line)}.words li:last-child{border:0}
.words small,.soft{color:var(--soft);font-size:14px;display:block}
section,details.more{background:var(--paper);border:1px solid var(--line);border-radius:8px;padding:14px 20px;margin:12px 0;overflow-wrap:anywhere}
summary{cursor:pointer;min-height:44px;line-height:44px}
.acts{display:flex;flex-wrap:wrap;gap:12px;margin:16px 0}
form{margin:0}button{font:inherit;min-height:48px;min-width:128px;padding:8px 24px;border-radius:6px;border:1px solid var(--accent);background:var(--paper);color:var(--accent);cursor:pointer}
button.main{background:var(--accent);color:var(--onaccent)}button.danger{border-color:var(--bad);color:var(--bad)}
label{display:block;margin:12px 0}input{font:inherit;width:100%;min-height:48px;padding:8px 12px;border:1px solid var(--line);border-radius:6px;background:var(--paper);color:var(--ink)}
.notice{border-left:4px solid var(--bad);background:var(--paper);padding:10px 16px;margin:16px 0}
a{color:var(--accent)}:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
`;
