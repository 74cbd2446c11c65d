// Original file: src/api/proto/session.proto

import type { Peer as _ocitorrent_session_v1_Peer, Peer__Output as _ocitorrent_session_v1_Peer__Output } from '../../../ocitorrent/session/v1/Peer.ts';

export interface Peers {
  'digest'?: (string);
  'peers'?: (_ocitorrent_session_v1_Peer)[];
}

export interface Peers__Output {
  'digest': (string);
  'peers': (_ocitorrent_session_v1_Peer__Output)[];
}
