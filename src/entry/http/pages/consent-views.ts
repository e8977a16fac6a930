import { STATE_WORDS, wordsOfUnseen } from '#consent';
import { html, type Markup } from '#information';
import { beijingTime, Refusal } from '#kernel';
import type { Contract } from '#lists';
import type { ConsentView } from '../routes/consent-schemas.ts';
import { actionForm, NOTHING } from './page.ts';

type Contracts = ReadonlyMap<string, Contract>;

/** How people sign in on this node. */
export type SignInWays = { readonly passwords: boolean; readonly outside: string | undefined };

/** Where a sign-in at the city's identity provider begins. */
export const OUTSIDE_PATH = '/sign-in/outside';

/** Nothing of the consent: whoever holds the link sees this until they have signed in. */
export function signInView(to: string, refusal: Refusal | undefined, ways: SignInWays): Markup {
  return html`<h1>请先登录</h1><p class="soft">Sign in for your enterprise first.</p>
${refusal === undefined ? NOTHING : noticeView(refusal)}
${ways.outside === undefined ? NOTHING : outsideView(to, ways.outside)}
${ways.passwords ? passwordView(to) : NOTHING}`;
}

function outsideView(to: string, name: string): Markup {
  const address = `${OUTSIDE_PATH}?to=${encodeURIComponent(to)}`;
  return html`<section><p><a href="${address}">用${name}登录 Sign in there</a></p></section>`;
}

function passwordView(to: string): Markup {
  return html`<section><form method="post" action="${to}/sign-in">
<label>账号 Login<input name="login" autocomplete="username" autocapitalize="none" required maxlength="200"></label>
<label>口令 Password<input name="password" type="password" autocomplete="current-password" required maxlength="400"></label>
<label>动态验证码（没有绑定的不填） One-time code, if you have one<input name="code" autocomplete="one-time-code" autocapitalize="none" maxlength="40"></label>
<button class="main">登录</button></form></section>`;
}

/** The words first, then what can be done, then every detail behind the words. */
export function consentView(
  consent: ConsentView,
  { to, contracts, bindingMessage }: { to: string; contracts: Contracts; bindingMessage: string | undefined },
): Markup {
  const words = consent.words.map(({ zh, en }) => html`<li>${zh}<small lang="en">${en}</small></li>`);
  const title = consent.state === 'pending' ? '授权申请' : '我的授权';
  return html`<h1>${title}</h1>${stateView(consent)}${consent.state === 'pending' ? bindingView(bindingMessage) : NOTHING}
<ol class="words">${words}</ol>
${actsView(consent, to)}
${detailView(consent, contracts)}
<p><a href="/consents">全部授权 All consents</a></p>`;
}

/** Every consent of the enterprise, each with what can be done to it. */
export function listView(consents: readonly ConsentView[]): Markup {
  const items = consents.map(
    (consent) => html`<section><h2>${consent.institution.name.zh}</h2>${stateView(consent)}
<p>${consent.words[2]?.zh ?? ''}<br>${consent.words[3]?.zh ?? ''}</p>
<p class="soft">${lastUse(consent)}</p>
${actsView(consent, `/consent/${consent.consentId}`)}
<p><a href="/consent/${consent.consentId}">查看 Open</a></p></section>`,
  );
  const none = html`<section>还没有机构向本企业申请过授权。<span class="soft" lang="en">Nobody has asked yet.</span></section>`;
  return html`<h1>我的授权</h1><p class="soft" lang="en">Consents of this enterprise</p>${items.length === 0 ? none : items}`;
}

/** A refusal as a person reads it. */
export function noticeView(refusal: Refusal): Markup {
  const { message, remedy } = refusal.toJSON();
  return html`<div class="notice" role="alert">${message.zh}${remedy.zh}<span class="soft" lang="en">${message.en} ${remedy.en}</span></div>`;
}

function stateView({ state, givenHow, paper }: ConsentView): Markup {
  const { zh, en } = state === 'none' ? { zh: '', en: '' } : STATE_WORDS[state];
  const how = givenHow === 'paper' && paper !== null ? `（纸质，${paper.signedOn} 签署）` : '';
  return html`<p class="state">${zh}${how} <span lang="en">${en}</span></p>`;
}

/** What stands here and at the counter must be the same: else somebody else asks. */
function bindingView(message: string | undefined): Markup {
  if (message === undefined) return NOTHING;
  return html`<p class="notice">对方应向您出示同样的字样：<strong>${message}</strong>
<span class="soft" lang="en">Who asks must show you the same words.</span></p>`;
}

/** To revoke takes two clicks: one that opens the question, one that answers it. */
function actsView({ state, digest, givenHow }: ConsentView, to: string): Markup {
  const act = (name: string, label: string, kind: 'main' | 'plain' | 'danger' = 'plain') =>
    actionForm({ to: `${to}/${name}`, label, kind, ...(name === 'grant' ? { values: { digest } } : {}) });
  if (state === 'pending') {
    const grant = givenHow === 'paper' ? NOTHING : act('grant', '同意 Agree', 'main');
    return html`<div class="acts">${grant}${act('reject', '不同意 Decline')}</div>`;
  }
  if (state !== 'active' && state !== 'paused') return NOTHING;
  const other = state === 'active' ? act('pause', '暂停 Pause') : act('resume', '恢复 Resume', 'main');
  return html`<div class="acts">${other}<details><summary>撤销 Revoke</summary>${act('revoke', '确认撤销 Yes, revoke', 'danger')}</details></div>`;
}

function detailView(consent: ConsentView, contracts: Contracts): Markup {
  const { institution, branch, platforms } = consent;
  const unseen = wordsOfUnseen(consent);
  const data = consent.contracts.map(
    ({ id, name, fields, verifyOnly }) => html`<h2>${name}</h2><p>${namesOf(contracts.get(id), fields)}
${verifyOnly.length === 0 ? NOTHING : html`<span class="soft">${unseen.zh}：${namesOf(contracts.get(id), verifyOnly)}</span>`}</p>`,
  );
  return html`<details class="more"><summary>全部内容 Every detail</summary>
<p>${institution.name.zh} ${branch === null ? '' : `· ${branch.name.zh}`}
<span class="soft">${platforms.map(({ name }) => name.zh).join('、')}</span></p>${data}
<p class="soft">授权编号 ${consent.consentId} · 内容摘要 ${consent.digest} · ${lastUse(consent)}</p></details>`;
}

function namesOf(contract: Contract | undefined, fields: readonly string[]): string {
  const names = new Map(contract?.fields.map(({ name, businessName }) => [name, businessName]));
  return fields.map((name) => names.get(name) ?? name).join('、');
}

function lastUse({ uses, lastUsedAt }: ConsentView): string {
  return lastUsedAt === null ? '还没有用过' : `用过 ${uses} 次，最近 ${beijingTime(new Date(lastUsedAt))}`;
}
