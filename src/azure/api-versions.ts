/**
 * Versions of ARM's interfaces that this software was written for: the ones that the Terraform
 * provider uses, but for machineLearning, the first stable one in which a compute instance can be
 * given its idle shutdown.
 */
export const apis = {
  compute: '2024-03-01',
  // never made stable; Azure's own tools and the Terraform provider use it
  diagnostics: '2021-05-01-preview',
  dns: '2024-06-01',
  identity: '2024-11-30',
  insights: '2020-02-02',
  logs: '2025-07-01',
  machineLearning: '2025-12-01',
  network: '2025-01-01',
  registry: '2025-11-01',
  resources: '2025-04-01',
  roles: '2022-04-01',
  storage: '2025-08-01',
  vault: '2026-02-01',
  web: '2023-12-01',
} as const;
