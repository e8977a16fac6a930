import { defineRefusals } from '#kernel';

export const monitoringRunRefusal = defineRefusals({
  'monitoring.run_under_way': {
    clause: '10',
    status: 409,
    zh: '风险监测正在运行。',
    en: 'A monitoring run is under way.',
    remedyZh: '请待其结束；其间送达的信息由下一次运行处理。',
    remedyEn: 'Wait until it has ended; what is delivered meanwhile is taken by the next run.',
  },
  'monitoring.following_not_valid': {
    clause: '10',
    status: 500,
    zh: '数据源跟踪文件 {file} 不成立：{reason}。',
    en: 'The terms of following sources in {file} do not hold: {reason}.',
    remedyZh: '请按 docs/monitoring.md 改正后再试。',
    remedyEn: 'Correct the file; docs/monitoring.md says how it is written.',
  },
});
