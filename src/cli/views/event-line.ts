import type { LifecycleEvent } from '../../engine/lifecycle.ts';
import type { Json } from '../../json.ts';
import { oneLine } from '../terminal/text-width.ts';
import { durationInWords } from '../words.ts';

/** One line that tells what happened, without time and place; undefined for what needs no telling. */
export function eventLine(event: LifecycleEvent): string | undefined {
  switch (event.type) {
    case 'execution:start':
      return `started ${event.task}, execution ${event.id}`;
    case 'execution:pausing':
      return `pausing${because(event.reason)}: attempts at work end first`;
    case 'execution:paused':
      return `paused${because(event.reason)}`;
    case 'execution:resumed':
      return 'going on';
    case 'execution:complete':
      return `completed in ${durationInWords(event.duration)}`;
    case 'execution:error':
      return `failed after ${durationInWords(event.duration)}: ${oneLine(event.error)}`;
    case 'execution:timeout':
      return `timed out after ${durationInWords(event.duration)}: ${oneLine(event.error)}`;
    case 'execution:aborted':
      return `aborted after ${durationInWords(event.duration)}${because(event.reason)}`;
    case 'execution:rollback':
      return `rolling back ${event.to === null ? 'everything' : `to ${oneLine(event.to)}`}: ${oneLine(event.reason)}`;
    case 'execution:rolledback': {
      const artifacts = event.verified === null ? '' : event.verified ? ', verified' : ', artifacts differ';
      return `rolled back after ${durationInWords(event.duration)}${artifacts}`;
    }
    case 'step:compensated':
      return `step ${stepOf(event)}: ${event.undoes} is undone`;
    case 'execution:suspended':
      return `suspended: ${oneLine(event.error)}`;
    case 'phase:start':
      return `phase ${oneLine(event.phase)}: running`;
    case 'phase:complete': {
      const degraded = event.degraded ? ', degraded: some of its steps failed' : '';
      return `phase ${oneLine(event.phase)}: completed in ${durationInWords(event.duration)}${degraded}`;
    }
    case 'phase:failed':
      return `phase ${oneLine(event.phase)}: failed: ${oneLine(event.error)}`;
    case 'phase:skipped':
      return `phase ${oneLine(event.phase)}: skipped`;
    case 'phase:cancelled':
      return `phase ${oneLine(event.phase)}: cancelled`;
    case 'step:start':
      return `step ${stepOf(event)}: working${event.attempt > 1 ? ` (attempt ${event.attempt})` : ''}`;
    case 'step:complete':
      return `step ${stepOf(event)}: done${event.cached === true ? ', from the cache' : ''}`;
    case 'step:failed': {
      const { error, attempt } = event;
      return `step ${stepOf(event)}: attempt ${attempt} failed: ${error.class}: ${oneLine(error.message)}`;
    }
    case 'step:expired':
      return `step ${stepOf(event)}: attempt ${event.attempt} lost: ${oneLine(event.reason)}`;
    case 'approval:requested':
      return `step ${event.step}: asks ${whoOf(event.approvers)}: ${oneLine(event.question)}`;
    case 'approval:granted':
      return `step ${event.step}: approved by ${oneLine(event.by ?? 'its deadline')}`;
    case 'approval:rejected':
      return `step ${event.step}: rejected by ${oneLine(event.by ?? 'its deadline')}`;
    case 'approval:delegated':
      return `step ${event.step}: ${oneLine(event.to ?? '')} may decide too, by the word of ${oneLine(event.by ?? '')}`;
    case 'approval:reminder':
      return `step ${event.step}: still waits for ${whoOf(event.approvers)}`;
    case 'approval:escalated':
      return `step ${event.step}: now asks ${whoOf(event.approvers)}`;
    case 'approval:voided':
      return `step ${event.step}: the grant by ${oneLine(event.by ?? 'its deadline')} is void: what was approved has changed`;
    case 'approval:expired':
      return `step ${event.step}: nobody decided in time`;
    case 'step:progress':
      return `step ${stepOf(event)}: ${progressText(event.progress)}`;
  }
}

/** What an agent says while it works, as one line: its text, its message, or the value as JSON. */
export function progressText(progress: Json): string {
  if (typeof progress === 'string') return oneLine(progress);
  if (typeof progress === 'object' && progress !== null && !Array.isArray(progress)) {
    const { message, text } = progress as { readonly [key: string]: Json | undefined };
    if (typeof message === 'string') return oneLine(message);
    if (typeof text === 'string') return oneLine(text);
  }
  return oneLine(JSON.stringify(progress)).slice(0, 400);
}

function stepOf({ step, agent }: { readonly step: string; readonly agent?: string | undefined }): string {
  return agent === undefined || agent === step ? step : `${step} (${agent})`;
}

function whoOf(approvers: readonly string[] | undefined): string {
  return approvers === undefined ? 'anybody' : oneLine(approvers.join(', '));
}

function because(reason: string | undefined): string {
  return reason === undefined ? '' : ` (${oneLine(reason)})`;
}
