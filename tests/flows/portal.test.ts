import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { inTransaction } from '#kernel';
import { findEnterprise } from '#lists';
import type { Page } from 'playwright-core';
import {
  addEnterprise,
  addOperator,
  addPerson,
  addProvider,
  endingOf,
  openTestApp,
  PASSWORD,
  startWork,
} from './http-node.ts';
import { deliver } from '../support/lists.ts';
import { addMandate } from './consent-setting.ts';
import { openBrowser } from './portal-browser.ts';

const HEAD =
  '统一社会信用代码,企业名称,行政处罚决定书文号,案件名称,处罚类别,罚款金额,处罚决定日期,公示截止期\n';
/** Made by GB 32100 for an enterprise that does not exist. */
const CODE = '91110108MA0TEXT00Y';
const NAME = '北京样例商贸有限公司';
const row = (no: string) => `${CODE},${NAME},${no},未按期年报,罚款,1万元,2026-03-01,2027-03-01\n`;

const ending = endingOf(after);
const { app, node } = await openTestApp(ending);
await startWork(ending, node);
await addOperator(node);
await addProvider(node, 'market', String(node.lists.catalogue.contracts.get('n08_penalty')?.provider));
await addPerson(node, { login: 'bank', kind: 'reader' });
const url = await app.listen({ host: '127.0.0.1', port: 0 });
const browser = await openBrowser(ending);

/** A page that fails the test on any error of its scripts and on anything the content policy stops. */
async function openPage(path = '/'): Promise<{ page: Page; problems: string[] }> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' && !/status of 40[13]/.test(message.text())) problems.push(message.text());
  });
  await page.goto(url + path);
  return { page, problems };
}

async function signInAs(login: string): Promise<{ page: Page; problems: string[] }> {
  const opened = await openPage();
  await opened.page.getByLabel('账号').fill(login);
  await opened.page.getByLabel('密码').fill(PASSWORD);
  await opened.page.getByRole('button', { name: '登录' }).click();
  await opened.page.getByRole('navigation').waitFor();
  return opened;
}

describe('the first page', () => {
  it('asks to sign in and says what is wrong without leaving', async () => {
    const { page } = await openPage();
    await page.getByLabel('账号').fill('data');
    await page.getByLabel('密码').fill('wrong');
    await page.getByRole('button', { name: '登录' }).click();
    await page.getByRole('alert').getByText('账号或密码不对').waitFor();
    await page.close();
  });

  it('takes a department’s file and shows what became of it', async () => {
    const { page, problems } = await signInAs('market');
    await page.getByRole('link', { name: '交付', exact: true }).click();
    await page.getByText('交付文件').click();
    await page.getByLabel('数据集').selectOption('n08_penalty');
    const buffer = Buffer.from(HEAD + row('甲1') + row('甲2'));
    await page.locator('input[type=file]').setInputFiles({ name: '处罚.csv', mimeType: 'text/csv', buffer });
    await page.getByRole('button', { name: '交付' }).click();
    await page.getByText('处理完成：已入库').waitFor();
    await page.getByRole('cell', { name: '已入库' }).waitFor();
    assert.deepEqual(problems, []);
    await page.close();
  });

  it('shows the 106 datasets and finds one', async () => {
    const { page, problems } = await signInAs('bank');
    await page.getByText('显示 106 项').waitFor();
    await page.getByLabel('筛选').fill('n08');
    await page.getByText('显示 1 项').waitFor();
    await page.getByRole('link', { name: 'n08_penalty' }).click();
    await page.getByRole('heading', { name: /n08_penalty/ }).waitFor();
    assert.deepEqual(problems, []);
    await page.close();
  });

  it('finds an enterprise and shows its report in a frame', async () => {
    const { page, problems } = await signInAs('bank');
    await page.getByRole('link', { name: '查企业' }).click();
    await page.getByLabel('代码或名称').fill('样例商贸');
    await page.getByRole('button', { name: '查询' }).click();
    await page.getByRole('link', { name: '查看报告' }).click();
    await page.getByRole('button', { name: '显示' }).click();
    await page.frameLocator('iframe').getByText(CODE).first().waitFor();
    assert.deepEqual(problems, []);
    await page.close();
  });

  it('shows an enterprise who looked, with a receipt that is in the log', async () => {
    const { enterpriseId } = await inTransaction(node.database, (tx) => findEnterprise(tx, CODE));
    await addEnterprise(node, enterpriseId);
    const { page, problems } = await signInAs('enterprise');
    await page.getByRole('heading', { name: '谁查过我' }).waitFor();
    await page.getByRole('button', { name: '查回执' }).first().click();
    await page.getByText(/已在日志中：第 \d+ 条/).waitFor();
    assert.deepEqual(problems, []);
    await page.close();
  });

  it('lets an enterprise decline an honour and take that back', async () => {
    await deliver(node.lists, {
      contract: 'n27_honours',
      content: `统一社会信用代码,企业名称,荣誉名称,授予日期\n${CODE},${NAME},首都劳动奖状,2026-05-01\n`,
    });
    const { enterpriseId } = await inTransaction(node.database, (tx) => findEnterprise(tx, CODE));
    const accountId = await addPerson(node, { login: 'signatory', kind: 'enterprise', enterpriseId });
    const mandate = { enterpriseId, accountId, capacity: 'legal_representative', scope: [] };
    await inTransaction(node.database, (tx) => addMandate(tx, mandate));
    const { page, problems } = await signInAs('signatory');
    await page.getByRole('button', { name: '列出' }).click();
    await page.getByRole('cell', { name: '首都劳动奖状' }).waitFor();
    await page.getByRole('button', { name: '谢绝使用' }).click();
    await page.getByRole('cell', { name: /^自 .+ 起谢绝$/ }).waitFor();
    await page.getByRole('button', { name: '恢复使用' }).click();
    await page.getByRole('cell', { name: '可以使用' }).waitFor();
    assert.deepEqual(problems, []);
    await page.close();
  });

  it('is complete in English', async () => {
    const { page, problems } = await signInAs('data');
    await page.getByRole('button', { name: 'English' }).click();
    for (const section of ['Lists', 'Deliveries', 'Enterprises', 'Quality', 'Review']) {
      await page.getByRole('link', { name: section, exact: true }).click();
      await page.getByRole('heading', { name: section, level: 1 }).waitFor();
    }
    const words = await page.locator('nav, main, footer').allInnerTexts();
    assert.doesNotMatch(words.join('\n'), /\p{Script=Han}/u);
    assert.deepEqual(
      problems.filter((problem) => !/status of 404/.test(problem)),
      [],
    );
    await page.close();
  });

  it('fits a telephone without scrolling sideways', async () => {
    const { page } = await signInAs('data');
    await page.setViewportSize({ width: 390, height: 844 });
    for (const section of ['清单', '交付', '查企业', '待核事项']) {
      await page.getByRole('link', { name: section, exact: true }).click();
      await page.getByRole('heading', { name: section, level: 1 }).waitFor();
      assert.equal(await page.evaluate('document.documentElement.scrollWidth'), 390, section);
    }
    await page.close();
  });

  it('lets anyone check a report by the address in its code', async () => {
    const { page, problems } = await openPage('/verify/XQ20260302-ABCDEFGH');
    await page.getByText('报告编号 XQ20260302-ABCDEFGH').waitFor();
    await page
      .locator('input[type=file]')
      .setInputFiles({ name: 'a.pdf', mimeType: 'application/pdf', buffer: Buffer.from('x') });
    await page.getByRole('button', { name: '核验' }).click();
    await page.getByRole('alert').getByText('这不是信用报告').waitFor();
    assert.deepEqual(
      problems.filter((problem) => !/status of 422/.test(problem)),
      [],
    );
    await page.close();
  });

  it('has a page that describes the API, under a policy of its own', async () => {
    const { page, problems } = await openPage('/api/docs/');
    await page.getByRole('link', { name: 'deliveries' }).click();
    await page.getByText('/api/v1/deliveries/{contract}').first().waitFor();
    assert.deepEqual(problems, []);
    await page.close();
  });
});
