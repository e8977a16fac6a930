import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { after, it } from 'node:test';
import type { Page } from 'playwright-core';
import { pushRequest, redeem } from '../support/oidc-browser.ts';
import { freePort, openBank, REDIRECT, registerBank } from '../support/oidc-client.ts';
import { addPeople, requestOf } from './consent-setting.ts';
import { endingOf, openTestApp, openTestClock, PASSWORD } from './http-node.ts';
import { openBrowser } from './portal-browser.ts';

const ending = endingOf(after);
const clock = openTestClock();
const port = await freePort();
const publicUrl = `http://127.0.0.1:${port}`;
const { app, node } = await openTestApp(ending, { clock, publicUrl });
await addPeople(node);
await app.listen({ host: '127.0.0.1', port });
const bank = await openBank(`${publicUrl}/oidc`, await registerBank(node, { clientId: 'bank-app' }));
const browser = await openBrowser(ending);

/** The bank's own site, which for a browser is another one than the node's. */
async function openBankSite(to: URL): Promise<string> {
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html');
    response.end(`<a href="${to.href.replaceAll('&', '&amp;')}">to the node</a>`);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  ending.after(() => void server.close());
  const address = server.address();
  return `http://localhost:${typeof address === 'object' ? address?.port : ''}/`;
}

/** The address of the bank that the browser goes on to; the bank itself is not there. */
async function pressed(page: Page, name: string): Promise<URL> {
  const leaving = page.waitForRequest((request) => request.url().startsWith(`${REDIRECT}?`));
  await page.getByRole('button', { name, exact: true }).click();
  return new URL((await leaving).url());
}

it('a browser sent by a bank finds its session, reads six lines, agrees and is back at the bank', async () => {
  const page = await browser.newPage({ viewport: { width: 390, height: 844 } });
  const problems: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' && !message.location().url.startsWith(REDIRECT))
      problems.push(message.text());
  });
  await page.goto(`${publicUrl}/consents`);
  await page.getByLabel('账号').fill('enterprise-a');
  await page.getByLabel('口令').fill(PASSWORD);
  await page.getByRole('button', { name: '登录' }).click();
  await page.getByRole('heading', { name: '我的授权' }).waitFor();
  const pushed = await pushRequest(bank, { type: 'credit_information', ...requestOf(clock) });
  await page.goto(await openBankSite(pushed.url));
  await page.getByText('to the node').click();
  await page.getByRole('heading', { name: '授权申请' }).waitFor();
  assert.equal(await page.locator('.words li').count(), 6);
  assert.equal(await page.evaluate('document.documentElement.scrollWidth'), 390);
  const back = await pressed(page, '同意 Agree');
  const answer = await redeem(bank, back, pushed);
  assert.equal(answer.authorization_details?.length, 1);
  assert.deepEqual(problems, []);
});

it('a browser without a session signs in there and then, and may decline', async () => {
  const page = await (await browser.newContext()).newPage();
  const pushed = await pushRequest(bank, { type: 'credit_information', ...requestOf(clock) });
  await page.goto(await openBankSite(pushed.url));
  await page.getByText('to the node').click();
  await page.getByLabel('账号').fill('enterprise-a');
  await page.getByLabel('口令').fill(PASSWORD);
  await page.getByRole('button', { name: '登录' }).click();
  const back = await pressed(page, '不同意 Decline');
  assert.equal(back.searchParams.get('error'), 'access_denied');
});
