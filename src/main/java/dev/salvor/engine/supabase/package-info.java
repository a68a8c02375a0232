/** What makes a PostgreSQL server a Supabase, and what it keeps outside of its databases. */
@NullMarked
package dev.salvor.engine.supabase;

import org.jspecify.annotations.NullMarked;
