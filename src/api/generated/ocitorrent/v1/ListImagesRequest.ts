// Original file: src/api/proto/oci_torrent.proto


export interface ListImagesRequest {
}

export interface ListImagesRequest__Output {
}
