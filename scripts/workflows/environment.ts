import { jobOf } from './jobs.ts';
import type { Offer } from './offers.ts';
import { indent } from './yaml.ts';

/** The parts of the chain in their order. */
const parts = ['deploy', 'verify', 'train', 'smoke'] as const;

/** What the parts after the deploy are given: wrong input shall not wait for hours until it is told. */
const later = ['model', 'dataset', 'training-arguments', 'training-hours', 'smoke-level'];
const ahead = {
  ...Object.fromEntries(later.map((name) => [name, `inputs.${name}`])),
  image: "inputs.image || inputs.train && 'none, but training needs one (docs/image.md)' || ''",
};

/** The GitHub environment of the deploy, and of what follows it. */
const first = 'inputs.github-environment || inputs.environment';
const after = `inputs.use-github-environment || ${first}`;

/**
 * Writes the report: what was done, what failed, what was not run and why. Names in it come from
 * Azure; whatever could be Markdown in them goes.
 */
const report = `failed=''
row() { # part, its result, whether it was asked for, what came of it, evidence
  local said=\${4:-}
  case $2 in
    success) ;;
    skipped) if [ "$3" = false ]; then said='not asked for'; else said="not run: \${failed:-the run was cancelled}"; fi ;;
    *) said='its job says why' failed=\${failed:-$1 ended as $2} ;;
  esac
  said=\${said//[^A-Za-z0-9 .:_-]/}
  case \${5:-} in https://*) said="$said ([evidence]($5))" ;; esac
  printf '| %s | %s | %s |\\n' "$1" "$2" "$said"
}
{
  printf '## Report on %s\\n\\n' "\${ENVIRONMENT//[^A-Za-z0-9_-]/}"
  printf '| part | result | |\\n|---|---|---|\\n'
  row deploy "$DEPLOY" true "$HOST"
  row verify "$VERIFY" true 'the network is closed' "$PROOF"
  row train "$TRAIN" "$WITH_TRAIN" "$MODEL"
  row smoke "$SMOKE" "$WITH_SMOKE" 'the service keeps its contract' "$ANSWERS"
  printf '\\n%s\\n' "\${failed:-Everything that was asked for is done.}"
} >>"$GITHUB_STEP_SUMMARY"
echo "failed-part=\${failed%% *}" >>"$GITHUB_OUTPUT"`;

const reportJob = `report:
  name: Report on \${{ inputs.environment }}
  needs: [${parts.join(', ')}]
  if: \${{ always() }}
  runs-on: \${{ inputs.runner }}
  timeout-minutes: 5
  outputs:
    failed-part: \${{ steps.report.outputs.failed-part }}
  steps:
    - name: Report
      id: report
      shell: bash
      env:
        ENVIRONMENT: \${{ inputs.environment }}
        DEPLOY: \${{ needs.deploy.result }}
        VERIFY: \${{ needs.verify.result }}
        TRAIN: \${{ needs.train.result }}
        SMOKE: \${{ needs.smoke.result }}
        WITH_TRAIN: \${{ inputs.train }}
        WITH_SMOKE: \${{ inputs.smoke }}
        PROOF: \${{ needs.verify.outputs.evidence }}
        ANSWERS: \${{ needs.smoke.outputs.evidence }}
        HOST: \${{ needs.deploy.outputs.inference-app-host }}
        MODEL: \${{ needs.train.outputs.model-name }}:\${{ needs.train.outputs.model-version }}
      run: |
${indent(report, 8)}`;

/** The jobs of the whole line; smoke asks for the very model that was trained. */
export function chain(offers: readonly Offer[]): string {
  const [deploy, verify, train, smoke] = parts;
  const oneLine = true;
  return [
    jobOf(deploy, offers, { environment: first, ahead }),
    jobOf(verify, offers, { environment: after, oneLine, needs: [deploy] }),
    jobOf(train, offers, {
      environment: after,
      oneLine,
      needs: [verify],
      condition: 'inputs.train',
    }),
    jobOf(smoke, offers, {
      environment: after,
      oneLine,
      needs: [verify, train],
      condition:
        "!cancelled() && inputs.smoke && needs.verify.result == 'success' && (needs.train.result == 'success' || !inputs.train)",
      instead: { 'model-version': "inputs.train && needs.train.outputs.model-version || ''" },
    }),
    reportJob,
  ].join('\n\n');
}
