import { readFileSync } from 'node:fs';
import { defineRefusals } from '#kernel';

const fileRefusal = defineRefusals({
  'file.unreadable': {
    status: 400,
    clause: '13',
    zh: '读不到文件 {file}：{reason}',
    en: 'The file {file} cannot be read: {reason}',
    remedyZh: '请检查路径，并确认它是文件、当前用户可读。',
    remedyEn: 'Check the path, that it is a file, and that this user may read it.',
  },
});

/** A file that somebody named on the command line. Throws `file.unreadable`. */
export function readGivenFile(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException; // all that reading a file throws
    throw fileRefusal('file.unreadable', { file, reason: code ?? 'unreadable' });
  }
}

/** As `readGivenFile`, as UTF-8. */
export function readGivenText(file: string): string {
  return readGivenFile(file).toString('utf8');
}
