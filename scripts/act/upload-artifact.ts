import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { Readable } from 'node:stream';
import { getBooleanInput, getInput, info, setFailed, setOutput } from '@actions/core';
import { HttpClient } from '@actions/http-client';
import { zipOf } from '../../src/packaging/zip.ts';
import type { Content, Job, Send } from './artifact-client.ts';
import { keep, remove } from './artifact-client.ts';

/**
 * Stands in for actions/upload-artifact 7 where a workflow gives it the name of one file: the same
 * inputs, outputs and protocol, as far as our workflows go. stage.ts makes one file of this program.
 */
async function uploadArtifact(): Promise<void> {
  const [name, path] = [getInput('name'), getInput('path')];
  if (!existsSync(path)) {
    const text = `No files were found with the provided path: ${path}. No artifacts will be uploaded.`;
    if (getInput('if-no-files-found') === 'error') throw new Error(text);
    return info(text);
  }
  const job: Job = {
    resultsUrl: variable('ACTIONS_RESULTS_URL'),
    runtimeToken: variable('ACTIONS_RUNTIME_TOKEN'),
  };
  if (getBooleanInput('overwrite')) await remove(send, job, name);
  const { id, digest } = await keep(send, job, await contentOf(name, path));
  info(`SHA256 digest of uploaded artifact is ${digest}`);
  const repository = `${variable('GITHUB_SERVER_URL')}/${variable('GITHUB_REPOSITORY')}`;
  setOutput('artifact-id', id);
  setOutput('artifact-digest', digest);
  setOutput(
    'artifact-url',
    `${repository}/actions/runs/${variable('GITHUB_RUN_ID')}/artifacts/${id}`,
  );
}

async function contentOf(name: string, path: string): Promise<Content> {
  const file = { path: basename(path), content: await readFile(path) };
  return { name, mimeType: 'application/zip', bytes: zipOf([file], { compressed: true }) };
}

/** By the proxy and the authority of the surroundings, as every toolkit package. */
const send: Send = async ({ method, url, headers, body }) => {
  const bytes = Buffer.from(body);
  const sized = { ...headers, 'content-length': String(bytes.length) };
  const client = new HttpClient('upload-artifact');
  const answer = await client.request(method, url, Readable.from([bytes]), sized);
  return { status: answer.message.statusCode ?? 0, text: await answer.readBody() };
};

function variable(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`Unable to get the ${name} env variable`);
  return value;
}

await uploadArtifact().catch((error: unknown) => {
  setFailed(error instanceof Error ? error.message : String(error));
});
