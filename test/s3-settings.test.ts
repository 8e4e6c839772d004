import { expect, it } from "vitest";
import { s3Settings } from "../src/s3-settings.js";

it("leaves region and addressing to the SDK on AWS itself", () => {
  expect(s3Settings({})).toMatchObject({ forcePathStyle: false });
  expect(s3Settings({})).not.toHaveProperty("region");
});

it.each(["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"])("puts the bucket in the path and needs no region with %s", (name) => {
  expect(s3Settings({ [name]: "http://127.0.0.1:9000" })).toMatchObject({ forcePathStyle: true, region: "us-east-1" });
});

it("keeps the region that is set", () => {
  const endpoint = { AWS_ENDPOINT_URL: "http://127.0.0.1:9000" };
  expect(s3Settings({ ...endpoint, AWS_REGION: "eu-west-1" }).region).toBe("eu-west-1");
  expect(s3Settings({ ...endpoint, AWS_DEFAULT_REGION: "eu-west-2" }).region).toBe("eu-west-2");
});
