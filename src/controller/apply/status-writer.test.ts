import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { silentLog } from "../../runtime/index.ts";
import { createFakeClock, type FakeClock } from "../../runtime/testing/index.ts";
import { createApiClient } from "../kube/api-client.ts";
import type { KubeObject } from "../kube/kube-object.ts";
import { createFakeApi, type FakeApi } from "../testing/fake-api.ts";
import { EventRecorder } from "./event-recorder.ts";
import { StatusWriter } from "./status-writer.ts";

const PATH = "/apis/oci-torrent.io/v1alpha1/namespaces/team/imagedistributions";
const EVENTS = "/apis/events.k8s.io/v1/namespaces/team/events";
const never = new AbortController().signal;
const summary = (ready: string) => ({ ready, progress: "0%", seeders: "0", fromPeers: "0%" });

let clock: FakeClock;
let api: FakeApi;
let object: KubeObject;
function begin(): void {
  clock = createFakeClock();
  api = createFakeApi(clock);
  object = api.store.create(PATH, {
    apiVersion: "oci-torrent.io/v1alpha1",
    kind: "ImageDistribution",
    metadata: { name: "app" },
    spec: { image: "a" },
  });
}

const stored = () => api.store.get(`${PATH}/app`) ?? assert.fail("no object");

describe("the writer of status", () => {
  beforeEach(begin);

  let writer: StatusWriter;
  beforeEach(() => {
    writer = new StatusWriter({ client: createApiClient(api), clock });
  });

  it("writes what is new, by the object's own path for status", async () => {
    const status = { observedGeneration: 1, summary: summary("0/1") };
    assert.deepEqual(await writer.write(object, status, never), { how: "written" });
    assert.deepEqual(stored()["status"], status);
    assert.deepEqual(stored()["spec"], { image: "a" });
    const [request] = api.requests;
    assert.deepEqual([request?.method, request?.path], ["PATCH", `${PATH}/app/status`]);
    assert.equal(request?.query?.["fieldManager"], "oci-torrent-controller");
  });

  it("knows what it wrote before the watch tells of it", async () => {
    const status = { observedGeneration: 1, summary: summary("0/1") };
    await writer.write(object, status, never);
    assert.deepEqual(writer.current(object), status);
    assert.deepEqual(await writer.write(object, status, never), { how: "unchanged" });
    assert.equal(api.requests.length, 1);
  });

  it("knows its own words when the watch tells them", async () => {
    assert.equal(writer.isEcho(object), false);
    await writer.write(object, { observedGeneration: 1 }, never);
    assert.deepEqual([writer.isEcho(stored()), writer.isEcho(object)], [true, false]);
    api.store.update(PATH, { ...stored(), status: { observedGeneration: 9 } });
    assert.equal(writer.isEcho(stored()), false);
  });

  it("believes the watch when it tells of something newer", async () => {
    await writer.write(object, { observedGeneration: 1 }, never);
    const changed = api.store.update(PATH, { ...stored(), status: { observedGeneration: 9 } });
    assert.deepEqual(writer.current(changed), { observedGeneration: 9 });
  });

  it("waits a second between two writes of an object", async () => {
    await writer.write(object, { observedGeneration: 1 }, never);
    const next = { observedGeneration: 1, summary: summary("1/1") };
    assert.deepEqual(await writer.write(object, next, never), { how: "later", waitMs: 1_000 });
    await clock.advance(1_000);
    assert.deepEqual(await writer.write(object, next, never), { how: "written" });
  });

  it("says when the object is gone", async () => {
    api.store.delete(PATH, "app");
    assert.deepEqual(await writer.write(object, { observedGeneration: 1 }, never), { how: "gone" });
  });

  it("throws what else the API server says", async () => {
    api.faults.plan({ kind: "refuse", code: 500 });
    await assert.rejects(writer.write(object, { observedGeneration: 1 }, never), { code: 500 });
  });
});

describe("the recorder of events", () => {
  beforeEach(begin);

  const event = { type: "Normal", reason: "Complete", note: "all have it" } as const;
  const recorder = () =>
    new EventRecorder({
      client: createApiClient(api),
      clock,
      today: () => new Date("2030-01-01T00:00:00.5Z"),
      instance: "pod-1",
      log: silentLog,
    });

  it("tells of what happened to which object", async () => {
    await recorder().record(object, [event], never);
    const [made] = api.store.list(EVENTS);
    const { metadata, ...fields } = made ?? assert.fail("no event");
    assert.match(metadata.name, /^app\./);
    const { uid, resourceVersion } = object.metadata;
    assert.deepEqual(fields, {
      apiVersion: "events.k8s.io/v1",
      kind: "Event",
      eventTime: "2030-01-01T00:00:00.500000Z",
      reportingController: "oci-torrent.io/controller",
      reportingInstance: "pod-1",
      action: "Complete",
      reason: "Complete",
      regarding: {
        apiVersion: "oci-torrent.io/v1alpha1",
        kind: "ImageDistribution",
        namespace: "team",
        name: "app",
        uid,
        resourceVersion,
      },
      note: "all have it",
      type: "Normal",
    });
  });

  it("does not fail when the API server refuses", async () => {
    api.faults.plan({ kind: "refuse", code: 403 });
    await recorder().record(object, [event, event], never);
    assert.equal(api.store.list(EVENTS).length, 1);
  });

  it("leaves out what is too much", async () => {
    await recorder().record(object, Array(400).fill(event), never);
    assert.equal(api.store.list(EVENTS).length, 300);
  });
});
