// What a program does with jobs, by types that openapi-typescript makes of /openapi.json.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import createClient from "openapi-fetch";
import type { components, paths } from "./api.js";

type Job = components["schemas"]["Job"];
const COMMIT = "0123456789abcdef0123456789abcdef01234567";

function connect(token: string | undefined) {
  return createClient<paths>({
    baseUrl: process.env.MOSAIC_URL ?? "",
    headers: { authorization: `Bearer ${token}` },
  });
}
const member = connect(process.env.MEMBER);
const admin = connect(process.env.ADMIN);

async function create(body: components["schemas"]["CreateJob"]): Promise<Job> {
  const { data, error } = await member.POST("/runner-jobs", { body });
  if (error) throw new Error(`${error.code}: ${error.detail}`);
  return data;
}

async function until(jobId: string, ready: (job: Job) => boolean): Promise<Job> {
  for (let tries = 0; tries < 200; tries++) {
    const { data } = await member.GET("/runner-jobs/{jobId}", { params: { path: { jobId } } });
    if (data && ready(data)) return data;
    await sleep(200);
  }
  throw new Error(`job ${jobId} does not get there`);
}

const inAnHour = new Date(Date.now() + 3_600_000).toISOString();
const delayed = () => create({ type: "git-status", instructions: "Say what has changed.", runAt: inAnHour });

const first = await delayed();
const listed = await member.GET("/runner-jobs", { params: { query: { status: ["PENDING"], limit: 10 } } });
assert.ok(listed.data?.items.some((job) => job.id === first.id));

const cancelled = await member.POST("/runner-jobs/{jobId}/cancel", {
  params: { path: { jobId: first.id } },
  body: { reason: "not wanted any more" },
});
assert.equal(cancelled.data?.status, "CANCELLED");

const unknown = await member.GET("/runner-jobs/{jobId}", { params: { path: { jobId: "none" } } });
assert.equal(unknown.error?.code, "job_not_found");
const wrong = await member.POST("/runner-jobs", { body: { type: "git-status", instructions: "x", priority: 10 } });
assert.deepEqual(wrong.error?.errors?.map((one) => one.field), ["priority"]);

const asked = await create({
  type: "code-task",
  instructions: "Mend the login page.",
  repository: "acme/shop",
  capabilities: ["git:push"],
});
await until(asked.id, (job) => job.waiting === "approval");
const approved = await admin.POST("/runner-jobs/{jobId}/approve", {
  params: { path: { jobId: asked.id } },
  body: { reason: "reviewed with the team" },
});
assert.equal(approved.data?.id, asked.id);

const proving = await until(asked.id, (job) => job.phase === "VALIDATION");
const gateId = proving.gates[0]?.id ?? "";
const reported = await admin.PUT("/runner-jobs/{jobId}/gates/{gateId}", {
  params: { path: { jobId: asked.id, gateId } },
  body: { status: "passed", commitSha: COMMIT, numbers: { coverage: 87.5 } },
});
const gate = reported.data?.gates.find((one) => one.id === gateId);
assert.equal(gate?.status, "PASSED");
assert.deepEqual(gate?.numbers, { coverage: 87.5 });

const several = [await delayed(), await delayed()];
const byId = await member.POST("/runner-jobs/bulk/cancel", {
  body: { ids: several.map((job) => job.id), reason: "not wanted any more" },
});
assert.deepEqual(byId.data?.items.map((one) => one.status), ["CANCELLED", "CANCELLED"]);
const last = await delayed();
const byFilter = await member.POST("/runner-jobs/bulk/cancel", {
  body: { filter: { status: ["PENDING"], type: "git-status" } },
});
assert.ok(byFilter.data?.items.some((one) => one.id === last.id && one.ok));

console.log("done");
