import { defineRefusals } from '../refusals.ts';

const SET_URL = {
  remedyZh: '请改用外部 PostgreSQL：设置 DATABASE_URL 后再启动。',
  remedyEn: 'Use a PostgreSQL of your own: set DATABASE_URL and start again.',
} as const;

export const postgresRefusal = defineRefusals({
  'postgres.no_package': {
    status: 500,
    clause: '13',
    zh: '本机（{platform}）没有随包的数据库程序。',
    en: 'There is no database in the package for this machine ({platform}).',
    ...SET_URL,
  },
  'postgres.does_not_run': {
    status: 500,
    clause: '13',
    zh: '随包的数据库程序在本机不能运行：{reason}',
    en: 'The database that comes with the package does not run on this machine: {reason}',
    ...SET_URL,
  },
  'postgres.no_place': {
    status: 500,
    clause: '13',
    zh: '以 root 运行时数据库须换用户运行，但该用户进不了 {folder}，也没有可用的其他位置。',
    en: 'As root the database runs as another user, who can reach neither {folder} nor any other place.',
    remedyZh: '用 XINQIAO_DATA 指定一个其他用户可进入的文件夹，或不用 root 运行，或设置 DATABASE_URL。',
    remedyEn:
      'Name a folder that other users can enter by XINQIAO_DATA, or do not run as root, or set DATABASE_URL.',
  },
  'postgres.copied_folder': {
    status: 500,
    clause: '13',
    zh: '数据文件夹 {folder} 是从 {original} 复制来的，其数据库仍属于原文件夹。',
    en: 'Data folder {folder} is a copy of {original}, whose database it does not own.',
    remedyZh: '请用 xinqiao backup 与 restore 复制数据，或删去本文件夹中的 postgres.place 以新建空库。',
    remedyEn:
      'Copy data by xinqiao backup and restore, or delete postgres.place in this folder to begin an empty one.',
  },
  'postgres.no_access': {
    status: 500,
    clause: '13',
    zh: '当前用户不能使用数据库文件夹 {folder}：{reason}',
    en: 'The current user cannot use the database folder {folder}: {reason}',
    remedyZh: '请以建立该文件夹的用户运行，或改正其归属与权限。',
    remedyEn: 'Run as the user who made the folder, or correct its owner and mode.',
  },
  'postgres.other_version': {
    status: 500,
    clause: '13',
    zh: '数据库文件夹由 PostgreSQL {found} 建立，本版本带的是 {wanted}。',
    en: 'The database folder was made by PostgreSQL {found}; this release carries {wanted}.',
    remedyZh: '请用原版本启动并迁移数据，或另设 XINQIAO_DATA。',
    remedyEn: 'Start the former release and move the data, or set another XINQIAO_DATA.',
  },
  'postgres.start_failed': {
    status: 500,
    clause: '13',
    zh: '数据库没有启动：{reason}',
    en: 'The database did not start: {reason}',
    remedyZh: '请看日志 {log}；可运行 xinqiao doctor。',
    remedyEn: 'Read {log}; xinqiao doctor says more.',
  },
  'postgres.busy': {
    status: 503,
    clause: '13',
    zh: '另一进程正在启动或停止同一数据库，等候超时。',
    en: 'Another process is starting or stopping the same database; waited too long.',
    remedyZh: '稍后再试；可运行 xinqiao doctor 查看是哪个进程。',
    remedyEn: 'Try again later; xinqiao doctor shows the process.',
  },
  'backup.not_embedded': {
    status: 409,
    clause: '13',
    zh: '节点接的是城市数据库，本命令只备份随包数据库。',
    en: 'The node runs on the city’s database; this command backs up only the one that comes with the package.',
    remedyZh: '请用城市数据库自己的备份工具；xinqiao backup 会列出须备份的内容。',
    remedyEn: 'Use the backup tool of that database; xinqiao backup lists what it must cover.',
  },
  'backup.target_not_empty': {
    status: 409,
    clause: '13',
    zh: '{folder} 不是空文件夹。',
    en: '{folder} is not empty.',
    remedyZh: '请指定一个空的或尚不存在的文件夹。',
    remedyEn: 'Name a folder that is empty or does not exist yet.',
  },
  'backup.server_running': {
    status: 409,
    clause: '13',
    zh: '数据文件夹 {folder} 的数据库正在运行，不能恢复到其上。',
    en: 'The database of {folder} is running; nothing can be restored over it.',
    remedyZh: '先停止节点，再恢复到空的数据文件夹。',
    remedyEn: 'Stop the node, then restore into an empty data folder.',
  },
  'backup.no_manifest': {
    status: 400,
    clause: '13',
    zh: '{folder} 不是完整的备份：没有可读的 manifest.json。',
    en: '{folder} is not a complete backup: it has no readable manifest.json.',
    remedyZh: '备份中断时不会写下清单；请换一份备份。',
    remedyEn: 'A backup that was cut short has no manifest; take another one.',
  },
  'backup.damaged': {
    status: 400,
    clause: '13',
    zh: '备份中的文件 {path} 缺失或与清单不符，没有恢复。',
    en: 'File {path} of the backup is missing or differs from the manifest; nothing was restored.',
    remedyZh: '请换一份备份。',
    remedyEn: 'Take another backup.',
  },
});
