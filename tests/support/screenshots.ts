/**
 * Takes the README's pictures of a running demonstration node, whose data are all synthetic:
 * `node tests/support/screenshots.ts URL ACCOUNTS-FILE FOLDER`.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { openBrowser } from '../flows/portal-browser.ts';

const [
  url = 'http://127.0.0.1:8080',
  accounts = '.data/demonstration-accounts.json',
  folder = 'docs/images',
] = process.argv.slice(2);
const passwords = JSON.parse(readFileSync(accounts, 'utf8')) as Record<string, string>;
const endings: (() => void | Promise<void>)[] = [];
const browser = await openBrowser({ after: (end) => endings.push(end) });
mkdirSync(folder, { recursive: true });

const page = await signIn('data', { width: 1280, height: 860 });
for (const view of ['lists', 'deliveries', 'quality']) await take(page, view);
await page.goto(`${url}/#/enterprises`);
await page.locator('main input').first().fill('商贸有限');
await page.keyboard.press('Enter');
await page.waitForTimeout(1_000);
await page.getByText('查看报告').first().click();
await page.waitForTimeout(500);
await page.getByText('显示', { exact: true }).click();
await page.waitForTimeout(3_000);
await page.screenshot({ path: join(folder, 'report.png') });
const phone = await signIn('enterprise', { width: 390, height: 844 });
await phone.waitForTimeout(2_000);
await phone.screenshot({ path: join(folder, 'own-phone.png') });
for (const end of endings.reverse()) await end();

async function signIn(login: string, viewport: { width: number; height: number }): Promise<Page> {
  const context = await browser.newContext({ viewport, locale: 'zh-CN' });
  const opened = await context.newPage();
  await opened.goto(url);
  await opened.locator('input').nth(0).fill(login);
  await opened.locator('input[type=password]').fill(passwords[login] ?? '');
  await opened.keyboard.press('Enter');
  await opened.waitForTimeout(1_500);
  return opened;
}

async function take(opened: Page, view: string): Promise<void> {
  await opened.goto(`${url}/#/${view}`);
  await opened.waitForTimeout(1_500);
  await opened.screenshot({ path: join(folder, `${view}.png`) });
}
