import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { Refusal } from '#kernel';
import { addAccounts } from './commands/accounts.ts';
import { addBackup } from './commands/backup.ts';
import { addBench } from './commands/bench.ts';
import { addConsents } from './commands/consents.ts';
import { addClients } from './commands/clients.ts';
import { addDeliver } from './commands/deliver.ts';
import { addDeliveries } from './commands/deliveries.ts';
import { addDoctor } from './commands/doctor.ts';
import { addEvaluate } from './commands/evaluate.ts';
import { addExplainDecision } from './commands/explain-decision.ts';
import { addIndicators } from './commands/indicators.ts';
import { addLaboratory } from './commands/laboratory.ts';
import { addLists } from './commands/lists.ts';
import { addMigrate } from './commands/migrate.ts';
import { addModels } from './commands/models.ts';
import { addMonitorAlerts } from './commands/monitor-alerts.ts';
import { addMonitorEndpoints } from './commands/monitor-endpoints.ts';
import { addMonitorRun } from './commands/monitor-run.ts';
import { addMonitorRules } from './commands/monitor-rules.ts';
import { addMonitorWatches } from './commands/monitor-watches.ts';
import { addOutcomes } from './commands/outcomes.ts';
import { addParticipants } from './commands/participants.ts';
import { addQuality } from './commands/quality.ts';
import { addQueryFiles } from './commands/query-files.ts';
import { addRegister } from './commands/register.ts';
import { addReport } from './commands/report.ts';
import { addReturns } from './commands/returns.ts';
import { addComplaints } from './commands/rights-complaints.ts';
import { addIncidents } from './commands/rights-incidents.ts';
import { addProcessing } from './commands/rights-processing.ts';
import { addRecalls } from './commands/rights-recalls.ts';
import { addRetention } from './commands/rights-retention.ts';
import { addObjections } from './commands/rights-objections.ts';
import { addRepairs } from './commands/rights-repairs.ts';
import { addEverything } from './commands/rights-everything.ts';
import { addTimeLimits } from './commands/rights-terms.ts';
import { addPersons } from './commands/rights-persons.ts';
import { addVoluntary } from './commands/rights-voluntary.ts';
import { addWindow } from './commands/rights-window.ts';
import { addSources } from './commands/sources.ts';
import { addStart } from './commands/start.ts';
import { addSynth } from './commands/synth.ts';
import { addVerify } from './commands/verify.ts';
import { addWeights } from './commands/weights.ts';
import { addWhitelists } from './commands/whitelists.ts';
import { explainError } from './output.ts';

const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

const program = new Command('xinqiao')
  .description('信桥：融资信用服务平台市级节点 · the open municipal financing-credit node')
  .version(version)
  .showHelpAfterError();

const commands = [
  addStart,
  addMigrate,
  addLists,
  addDeliver,
  addDeliveries,
  addRegister,
  addSynth,
  addReport,
  addQuality,
  addOutcomes,
  addParticipants,
  addVerify,
  addConsents,
  addQueryFiles,
  addSources,
  addEvaluate,
  addExplainDecision,
  addIndicators,
  addModels,
  addLaboratory,
  addWeights,
  addWhitelists,
  addReturns,
  addTimeLimits,
  addVoluntary,
  addWindow,
  addPersons,
  addEverything,
  addObjections,
  addComplaints,
  addRepairs,
  addRecalls,
  addProcessing,
  addIncidents,
  addRetention,
  addMonitorWatches,
  addMonitorRules,
  addMonitorAlerts,
  addMonitorRun,
  addMonitorEndpoints,
  addBackup,
  addDoctor,
  addAccounts,
  addClients,
  addBench,
];
for (const add of commands) add(program);

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof Refusal)) throw error;
  process.stderr.write(`${explainError(error, process.argv.includes('--json'))}\n`);
  process.exitCode = 1;
}
