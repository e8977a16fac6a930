import { benchIngest } from '../src/entry/bench/ingest.ts';
const [rows='200000', ents='20000', existing='0'] = process.argv.slice(2);
console.log(JSON.stringify(await benchIngest({ rows: +rows, enterprises: +ents, existing: +existing })));
