package dev.salvor.task;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;

/** What a recovery point is taken of. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
@JsonSubTypes({
  @JsonSubTypes.Type(value = PostgresDump.class, name = "postgres"),
  @JsonSubTypes.Type(value = FileTrees.class, name = "files"),
  @JsonSubTypes.Type(value = SupabaseProject.class, name = "supabase")
})
public sealed interface BackupSource permits PostgresDump, FileTrees, SupabaseProject {}
