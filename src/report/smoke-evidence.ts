import type { Smoke } from '../smoke/index.ts';
import { answerOf } from './smoke-report.ts';

/** What is kept of a smoke test: every request, how it was answered, and what that was taken for. */
export function smokeEvidence({ level, model, verdicts }: Smoke): unknown {
  const passed = verdicts.filter(({ faults }) => faults.length === 0).length;
  const rungs = verdicts.map((verdict) => {
    const { rung, sight, faults, cause, run, runSeconds, remark } = verdict;
    return {
      ...{ name: rung.name, request: `${rung.method} ${rung.path}`, key: rung.key },
      ...{ proves: rung.proves, status: sight.status, seconds: sight.seconds },
      ...(run === undefined ? {} : { run }),
      ...(runSeconds === undefined ? {} : { runSeconds }),
      ...(remark === undefined ? {} : { remark }),
      ...(faults.length === 0 ? {} : { answer: answerOf(verdict) }),
      ...{ faults, cause },
    };
  });
  const asked = model === undefined ? undefined : `${model.name}:${model.version}`;
  return { level, model: asked, passed, failed: verdicts.length - passed, rungs };
}
