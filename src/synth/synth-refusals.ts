import { defineRefusals } from '#kernel';

export const synthRefusal = defineRefusals({
  'synth.wrong_option': {
    status: 400,
    clause: '3',
    zh: '合成城市的参数 {option} 不对，未生成。',
    en: 'Option {option} of the synthetic city is wrong; nothing was written.',
    remedyZh:
      '企业数为正整数，种子为整数，差错比例在 0 至 0.5 之间，月数在 3 至 120 之间，截止日写作 2026-10-31。',
    remedyEn:
      'Enterprises: a positive whole number; seed: whole; defect share: 0 to 0.5; months: 3 to 120; until: like 2026-10-31.',
  },
  'synth.folder_in_use': {
    status: 409,
    clause: '3',
    zh: '目录 {folder} 里已有合成城市的文件，未覆盖。',
    en: 'Folder {folder} already holds files of a synthetic city; nothing was overwritten.',
    remedyZh: '换一个空目录，或先删去旧文件。',
    remedyEn: 'Choose an empty folder, or remove the old files first.',
  },
});
