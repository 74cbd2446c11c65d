/** A key that etcd has, and what is stored there: the bytes of it, each as one character. */
export type EtcdValue = { readonly key: string; readonly value: string };

const EVERYTHING = { key: "AA==", range_end: "AA==" };

/** All that the API server has stored, read from etcd itself. */
export async function etcdValues(etcdUrl: string): Promise<readonly EtcdValue[]> {
  const body = JSON.stringify(EVERYTHING);
  const response = await fetch(`${etcdUrl}/v3/kv/range`, { method: "POST", body });
  if (!response.ok) throw new Error(`etcd answered ${response.status}: ${await response.text()}`);
  const { kvs = [] } = (await response.json()) as { kvs?: { key: string; value?: string }[] };
  return kvs.map(({ key, value = "" }) => ({ key: atob(key), value: atob(value) }));
}
