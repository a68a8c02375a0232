package dev.salvor.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import org.jspecify.annotations.Nullable;

/** The bucket of a Supabase's Storage whose backend is s3, as a store's bucket is given. */
@Model
public record StorageBucket(
    @Pattern(Names.ENDPOINT)
        @Size(min = 8, max = Names.ENDPOINT_LENGTH)
        @JsonPropertyDescription("URL of a server other than Amazon's.")
        @Nullable String endpoint,
    @Default("us-east-1")
        @Pattern(Names.REGION)
        @Size(min = 1, max = Names.REGION_LENGTH)
        @JsonPropertyDescription("Region of the bucket.")
        @Nullable String region,
    @Required @JsonPropertyDescription("Access keys.") BackupStoreSpec.S3Credentials credentials,
    @JsonPropertyDescription(
            "Address the bucket in the path instead of the host name. Unset: true with an"
                + " endpoint of its own, false with Amazon's.")
        @Nullable Boolean forcePathStyle,
    @JsonPropertyDescription("Certificate authority of the endpoint, in PEM.")
        @Nullable SecretKeyReference caSecretRef) {}
