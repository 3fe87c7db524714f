import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * A git repository with an app of ours, for machines that do not reach InnerEye-Inference: it loads
 * the same packages, signs in while it is imported, and knows two routes of the contract. What only
 * the original can show is left out then, and said so.
 */
export function standInRepository(folder: string): { repository: string; commit: string } {
  const repository = join(folder, 'stand-in');
  mkdirSync(repository);
  writeFileSync(join(repository, 'app.py'), module);
  const git = (...args: string[]): string =>
    execFileSync(
      'git',
      ['-c', 'user.name=x', '-c', 'user.email=x@example.org', '-C', repository, ...args],
      { encoding: 'utf8' },
    );
  git('init', '--quiet');
  git('add', '.');
  git('commit', '--quiet', '--no-gpg-sign', '--message', 'stand-in');
  return { repository, commit: git('rev-parse', 'HEAD').trim() };
}

const module = `
import os

from attr import dataclass
from azureml.core import Datastore, Environment, Experiment, Model, Run, ScriptRunConfig, Workspace
from azureml.core.authentication import ServicePrincipalAuthentication
from flask import Flask, jsonify, request
from flask_injector import FlaskInjector
from health_azure.utils import get_driver_log_file_text
from injector import singleton
from memory_tempfile import MemoryTempfile

app = Flask(__name__)
KEY = os.environ["CUSTOMCONNSTR_API_AUTH_SECRET"]


@app.route("/")
def health():
    return jsonify({"status": "Healthy"})


@app.route("/v1/ping")
def ping():
    given = request.headers.get("API_AUTH_SECRET")
    return ("", 401 if given is None else 200 if given == KEY else 403)


def configure(binder):
    auth = ServicePrincipalAuthentication(
        tenant_id=os.environ["TENANT_ID"],
        service_principal_id=os.environ["APPLICATION_ID"],
        service_principal_password=os.environ["CUSTOMCONNSTR_AZUREML_SERVICE_PRINCIPAL_SECRET"],
    )
    workspace = Workspace.get(
        name=os.environ["WORKSPACE_NAME"],
        auth=auth,
        subscription_id=os.environ["SUBSCRIPTION_ID"],
        resource_group=os.environ["RESOURCE_GROUP"],
    )
    binder.bind(Workspace, to=workspace, scope=singleton)


FlaskInjector(app=app, modules=[configure])
`;
