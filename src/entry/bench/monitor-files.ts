import { join } from 'node:path';
import { beijingDate } from '#kernel';
import type { Node } from '../node.ts';
import { deliverFile } from './evaluate-deliver.ts';
import { MONTH_FILES, type MonthFile, writeMonthFile, writeRegister } from './evaluate-files.ts';

/** Every enterprise has reported, and goes on reporting: what falls silent is looked for among all of them. */
const REPORTS: MonthFile = {
  contract: 'n35_annual_report',
  header: '年报年度,公示日期',
  row: ({ day }) => `${day.slice(0, 4)},${day}`,
};

/**
 * Registers the enterprises and delivers what the node of a city holds of them besides: three years of annual reports of each,
 * licences of half of them, and a penalty of every tenth that is too old to be told. Returns how many records there are.
 */
export async function fillWatched(node: Node, folder: string, codes: readonly string[]): Promise<number> {
  const path = join(folder, 'filling.csv');
  await writeRegister(path, codes);
  let records = await deliverFile(node, 'n01_registration', path);
  const year = Number(beijingDate(node.clock.now()).slice(0, 4));
  const deliver = async (
    file: MonthFile,
    day: string,
    only?: (enterprise: number) => boolean,
  ): Promise<void> => {
    await writeMonthFile(file, { path, codes, month: 0, day, ...(only === undefined ? {} : { only }) });
    records += await deliverFile(node, file.contract, path);
  };
  for (const reported of [year - 2, year - 1, year]) await deliver(REPORTS, `${reported}-01-15`);
  const filesOf = (contract: string): MonthFile[] => MONTH_FILES.filter((file) => file.contract === contract);
  for (const file of filesOf('n07_licence')) await deliver(file, `${year - 2}-06-15`);
  for (const file of filesOf('n08_penalty'))
    await deliver(file, `${year - 3}-06-15`, (enterprise) => enterprise % 10 === 0);
  return records;
}
