/** What an S3 client needs beyond the SDK's own chain: the same for reading sources and writing reports. */
export interface S3Settings {
  readonly region?: string;
  readonly forcePathStyle: boolean;
  readonly requestChecksumCalculation: "WHEN_REQUIRED";
  readonly responseChecksumValidation: "WHEN_REQUIRED";
}

/**
 * With an endpoint of one's own (MinIO, an emulator) buckets stand in the path, because `bucket.127.0.0.1` is no name; and
 * the region, which the SDK demands although such endpoints ignore it, is us-east-1 where none is set. Checksums are those
 * that every maker's S3 knows. Credentials and the endpoint itself stay with the SDK.
 */
export function s3Settings(environment: Readonly<Record<string, string | undefined>> = process.env): S3Settings {
  const ownEndpoint = Boolean(environment["AWS_ENDPOINT_URL_S3"] || environment["AWS_ENDPOINT_URL"]);
  const region = environment["AWS_REGION"] || environment["AWS_DEFAULT_REGION"] || (ownEndpoint ? "us-east-1" : undefined);
  return {
    ...(region !== undefined && { region }),
    forcePathStyle: ownEndpoint,
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
  };
}
