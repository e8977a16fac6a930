import assert from 'node:assert/strict';
import { after, it } from 'node:test';
import { addPeople, requestOf } from './consent-setting.ts';
import { basic, endingOf, openTestApp, openTestClock, PASSWORD } from './http-node.ts';
import { openBrowser } from './portal-browser.ts';

const ending = endingOf(after);
const clock = openTestClock();
const { app, node } = await openTestApp(ending, { clock });
await addPeople(node);
const url = await app.listen({ host: '127.0.0.1', port: 0 });
const browser = await openBrowser(ending);

it('an enterprise on its phone opens the link, signs in, reads six lines, agrees, and revokes in two clicks', async () => {
  const answer = await app.inject({
    method: 'POST',
    url: '/api/v1/consents',
    headers: { authorization: basic('inquirer') },
    payload: requestOf(clock, { platforms: ['platform'] }),
  });
  const { code } = answer.json<{ code: string }>();
  const page = await browser.newPage({ viewport: { width: 390, height: 844 } });
  const problems: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text());
  });
  await page.goto(`${url}/consent/${code}`);
  assert.equal(await page.locator('.words').count(), 0);
  await page.getByLabel('账号').fill('enterprise-a');
  await page.getByLabel('口令').fill(PASSWORD);
  await page.getByRole('button', { name: '登录' }).click();
  assert.equal(await page.locator('.words li').count(), 6);
  const width = await page.evaluate('document.documentElement.scrollWidth');
  assert.equal(width, 390, 'nothing runs out of a phone’s screen');
  await page.getByRole('button', { name: '同意 Agree', exact: true }).click();
  assert.match(await page.locator('.state').innerText(), /有效/);
  await page.getByText('全部授权').click();
  await page.getByText('撤销 Revoke').click();
  await page.getByRole('button', { name: '确认撤销' }).click();
  assert.match(await page.locator('.state').innerText(), /已撤销/);
  assert.deepEqual(problems, []);
});
