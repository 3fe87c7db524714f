import type { Offer } from './offers.ts';
import { addition, offer } from './offers.ts';
import { indent } from './yaml.ts';

/** The commit that the training image is made of; its files are compared with images/innereye/source.sha256. */
const commit = '69a64d1df50ba0523be453c2fad4ff54cf31367f';

/** What the workflow that builds the training image asks. */
export const imageOffers: readonly Offer[] = [
  addition(
    'image-name',
    'Name of the image without a tag; empty takes ghcr.io/<owner>/<repository>/innereye.',
    '',
  ),
  addition(
    'innereye-repository',
    'Git repository to take InnerEye-DeepLearning from, readable without a login. (an https address without login and query)',
    'https://github.com/microsoft/InnerEye-DeepLearning',
  ),
  addition(
    'innereye-commit',
    'Commit of InnerEye-DeepLearning there; its files must be the ones that this version knows by digest. (40 hexadecimal digits)',
    commit,
  ),
  offer('runner'),
];

/** The one right that it needs. */
export const imageRights = [
  "packages: write # push the training image to the caller's own container registry",
];

/** The job that builds, tries and pushes; one of each name at a time. */
export const imageJob = `image:
  name: Training image
  runs-on: \${{ inputs.runner }}
  timeout-minutes: 60
  concurrency:
    group: innereye/image/\${{ inputs.image-name || github.repository }}
    cancel-in-progress: false
  permissions:
${indent(imageRights.join('\n'), 4)}
  outputs:
    image: \${{ steps.build.outputs.image }}
  steps:
    - name: Build, try and push
      id: build
      uses: $/.github/actions/image
      with:
        name: \${{ inputs.image-name || format('ghcr.io/{0}/innereye', github.repository) }}
        token: \${{ github.token }}
        repository: \${{ inputs.innereye-repository }}
        commit: \${{ inputs.innereye-commit }}`;
