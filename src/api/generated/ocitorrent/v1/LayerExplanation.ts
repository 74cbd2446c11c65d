// Original file: src/api/proto/oci_torrent.proto

import type { LayerStatus as _ocitorrent_v1_LayerStatus, LayerStatus__Output as _ocitorrent_v1_LayerStatus__Output } from '../../ocitorrent/v1/LayerStatus.ts';
import type { Finding as _ocitorrent_v1_Finding, Finding__Output as _ocitorrent_v1_Finding__Output } from '../../ocitorrent/v1/Finding.ts';
import type { PeerLink as _ocitorrent_v1_PeerLink, PeerLink__Output as _ocitorrent_v1_PeerLink__Output } from '../../ocitorrent/v1/PeerLink.ts';

export interface LayerExplanation {
  'layer'?: (_ocitorrent_v1_LayerStatus | null);
  'findings'?: (_ocitorrent_v1_Finding)[];
  'links'?: (_ocitorrent_v1_PeerLink)[];
  'linkCount'?: (number);
  'piecesByCopies'?: (number)[];
}

export interface LayerExplanation__Output {
  'layer': (_ocitorrent_v1_LayerStatus__Output | null);
  'findings': (_ocitorrent_v1_Finding__Output)[];
  'links': (_ocitorrent_v1_PeerLink__Output)[];
  'linkCount': (number);
  'piecesByCopies': (number)[];
}
